package oauth1

import (
	"regexp"
	"strings"

	"marquee/api/oauth1/signature"
)

// scheme is the name of the authentication scheme, in any case (RFC 5849,
// section 3.5.1).
const scheme = "OAuth"

// headerParam matches one parameter of the header with the comma after it. Only a realm
// may have escapes with a backslash (RFC 2617, section 1.2).
var headerParam = regexp.MustCompile(`^([^\s=",]+)="((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)`)

// cutScheme returns the parameters of a header Authorization, and reports whether its
// scheme is OAuth.
func cutScheme(value string) (params string, ok bool) {
	name, params, _ := strings.Cut(value, " ")
	return params, strings.EqualFold(name, scheme)
}

// parseHeader returns the parameters of the header, except for the realm, which is not
// signed (RFC 5849, sections 3.5.1 and 3.4.1.3.1). Refusals have the position of a
// fault and quote nothing, because the header may contain a bearer token.
func parseHeader(s string) ([]signature.Param, error) {
	var params []signature.Param
	realm := false
	for rest := skip(s); rest != ""; {
		m := headerParam.FindStringSubmatch(rest)
		if m == nil {
			return nil, NewRefusal(ParameterRejected, `the header Authorization is malformed after %d bytes of parameters; its form is OAuth name="value", name="value"`, len(s)-len(rest))
		}
		rest = skip(rest[len(m[0]):])
		if strings.EqualFold(m[1], "realm") {
			if realm {
				return nil, NewRefusal(ParameterRejected, "the header Authorization has two realms; send one")
			}
			realm = true
			continue
		}
		name, ok := signature.Decode(m[1])
		value, okValue := signature.Decode(m[2])
		if !ok || !okValue {
			return nil, NewRefusal(ParameterRejected, "in the header Authorization, the parameter that ends at byte %d of the parameters is not percent-encoded: "+
				"encode all characters but letters, digits and -._~ (RFC 5849, section 3.6)", len(s)-len(rest))
		}
		params = append(params, signature.Param{Name: name, Value: value})
	}
	return params, nil
}

// skip removes white space and empty list elements from the beginning of s (RFC 9110,
// section 5.6.1.2).
func skip(s string) string { return strings.TrimLeft(s, ", \t") }

package oauth1

import (
	"regexp"
	"strings"

	"marquee/api/oauth1/signature"
)

// scheme is the name of the authentication scheme, in any case (RFC 5849,
// section 3.5.1).
const scheme = "OAuth"

// headerParam is one parameter of the header with the comma behind it. Only a
// realm may hold a backslash with what it escapes (RFC 2617, section 1.2).
var headerParam = regexp.MustCompile(`^([^\s=",]+)="((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)`)

// cutScheme splits the value of a header Authorization into whether its scheme
// is OAuth and the parameters.
func cutScheme(value string) (params string, ok bool) {
	name, params, _ := strings.Cut(value, " ")
	return params, strings.EqualFold(name, scheme)
}

// parseHeader reads the parameters of the header, without the realm, which
// takes no part in a signature (RFC 5849, sections 3.5.1 and 3.4.1.3.1). Refusals
// say where a fault is, and quote nothing: a bearer token may stand there.
func parseHeader(s string) ([]signature.Param, error) {
	var params []signature.Param
	realm := false
	for rest := skip(s); rest != ""; {
		m := headerParam.FindStringSubmatch(rest)
		if m == nil {
			return nil, NewRefusal(ParameterRejected, `the header Authorization is malformed behind %d bytes of parameters; its form is OAuth name="value", name="value"`, len(s)-len(rest))
		}
		rest = skip(rest[len(m[0]):])
		if strings.EqualFold(m[1], "realm") {
			if realm {
				return nil, NewRefusal(ParameterRejected, "the realm is given twice")
			}
			realm = true
			continue
		}
		name, ok := signature.Decode(m[1])
		value, okValue := signature.Decode(m[2])
		if !ok || !okValue {
			return nil, NewRefusal(ParameterRejected, "the parameter in the header Authorization that ends at byte %d of them is not percent-encoded: "+
				"all but letters, digits and -._~ must be (RFC 5849, section 3.6)", len(s)-len(rest))
		}
		params = append(params, signature.Param{Name: name, Value: value})
	}
	return params, nil
}

// skip leaves out white space and the empty elements that a list in a header
// may have (RFC 9110, section 5.6.1.2).
func skip(s string) string { return strings.TrimLeft(s, ", \t") }

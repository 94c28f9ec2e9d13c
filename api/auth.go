package api

import (
	"net/http"
	"regexp"
	"strings"

	"marquee/storage"
)

// bearerToken is the form of a token (RFC 6750, section 2.1).
var bearerToken = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// authenticate finds out who asks, nil for the public. Bad credentials are
// refused on reads too: a client that believes to be somebody should learn
// that it is not. Writes need a user whose role may write.
func (a *API) authenticate(c *call) (*storage.User, error) {
	writes := c.r.Method != http.MethodGet && c.r.Method != http.MethodHead
	user, err := a.user(c)
	switch {
	case err != nil:
		return nil, err
	case user == nil && writes:
		return nil, challenge("", "writing needs credentials: Authorization: Bearer <token>")
	case writes && user.Role != storage.Editor && user.Role != storage.Admin:
		return nil, problemf(forbidden, "the role %q may not write", user.Role)
	}
	return user, nil
}

// user reads the credentials. Other schemes than Bearer come in here.
func (a *API) user(c *call) (*storage.User, error) {
	values := c.r.Header["Authorization"]
	if len(values) == 0 {
		return nil, nil
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimLeft(token, " ")
	switch {
	case len(values) > 1:
		return nil, challenge("invalid_token", "the header Authorization is given more than once")
	case !strings.EqualFold(scheme, "Bearer"):
		return nil, challenge("", "the authorization scheme is not supported; allowed: Bearer")
	case !bearerToken.MatchString(token):
		return nil, challenge("invalid_token", "the bearer token is malformed")
	}
	user, err := a.catalogue.Authenticate(c.ctx, token)
	if storage.CodeOf(err) == storage.NotFound {
		return nil, challenge("invalid_token", "the bearer token is unknown")
	}
	return user, err
}

// challenge is a 401 that says which credentials would be taken (RFC 6750,
// section 3).
func challenge(code, detail string) *problem {
	p := problemf(unauthorized, "%s", detail)
	value := `Bearer realm="marquee"`
	if code != "" {
		value += `, error="` + code + `", error_description="` + detail + `"`
	}
	p.header = http.Header{"Www-Authenticate": {value}}
	return p
}

package api

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"marquee/api/oauth1"
	"marquee/api/problem"
	"marquee/api/route"
	"marquee/storage"
	"marquee/storage/credential"
)

// Authenticator finds the users of bearer tokens.
type Authenticator interface {
	// Authenticate returns the user of a bearer token, NotFound for an unknown token.
	Authenticate(ctx context.Context, token string) (*credential.User, error)
}

// bearerToken is the form of a token (RFC 6750, section 2.1).
var bearerToken = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// credentialed reports whether a request says who asks, truly or not.
func credentialed(r *http.Request) bool {
	return r.Header["Authorization"] != nil || oauth1.Signed(r)
}

// authorize refuses who has not the access; user is nil for the public.
func (a *API) authorize(user *credential.User, needed route.Access) error {
	switch {
	case needed == route.Everybody:
		return nil
	case user == nil:
		return a.challenge("", "this needs credentials: "+a.schemes())
	case needed == route.Users && forItself(user):
		return problem.New(problem.Forbidden, "this needs a user: an app has to sign it with a token of one")
	case needed == route.Owners && user.App != "" && user.Role != credential.Admin:
		return problem.New(problem.Forbidden, "this needs a token that is no app's: apps do not manage what else may act for their users")
	case needed == route.Editors && user.Role != credential.Editor && user.Role != credential.Admin:
		return problem.New(problem.Forbidden, "the role %q may not write", user.Role)
	case needed == route.Admins && user.Role != credential.Admin:
		return problem.New(problem.Forbidden, "the role %q may not do this; allowed: %s", user.Role, credential.Admin)
	}
	return nil
}

// authenticate finds out who asks, nil for the public, and counts the request.
// Bad credentials are refused on reads too: a client that believes to be somebody
// should learn that it is not.
func (a *API) authenticate(c *call) (*credential.User, error) {
	if credentialed(c.r) {
		if err := a.admitCredentials(c.w, c.r); err != nil {
			return nil, err
		}
	}
	var user *credential.User
	var err error
	if oauth1.Signed(c.r) {
		user, err = a.signer(c)
	} else if user, err = a.bearer(c); err == nil {
		err = a.admit(c, user)
	}
	if err != nil {
		return nil, a.chargeFailure(c.w, c.r, err)
	}
	return user, nil
}

// admit counts the request of a user, nil for the public.
func (a *API) admit(c *call, user *credential.User) error {
	traceOf(c.r).user = user
	return a.charge(c, user)
}

// bearer is who shows a bearer token, nil for nobody.
func (a *API) bearer(c *call) (*credential.User, error) {
	values := c.r.Header["Authorization"]
	if len(values) == 0 {
		return nil, nil
	}
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimLeft(token, " ")
	switch {
	case len(values) > 1:
		return nil, a.challenge("invalid_token", "the header Authorization is given more than once")
	case !strings.EqualFold(scheme, "Bearer"):
		return nil, a.challenge("", "the authorization scheme is not supported; allowed: "+a.schemes())
	case !bearerToken.MatchString(token):
		return nil, a.challenge("invalid_token", "the bearer token is malformed")
	}
	user, err := a.config.Catalogue.Authenticate(c.ctx, token)
	if storage.CodeOf(err) == storage.NotFound {
		return nil, a.challenge("invalid_token", "the bearer token is unknown")
	}
	return user, err
}

// forItself reports whether an app acts without a user.
func forItself(user *credential.User) bool { return user.Name == credential.AppUser(user.App) }

// signer is who signed the request after OAuth 1.0.
func (a *API) signer(c *call) (*credential.User, error) {
	if a.config.OAuth == nil {
		return nil, a.challenge("", "requests signed after OAuth 1.0 are not taken here; allowed: "+a.schemes())
	}
	grant, err := a.config.OAuth.Verify(c.ctx, c.r, func(user *credential.User) error { return a.admit(c, user) })
	if err != nil {
		return nil, err
	}
	return grant.User, nil
}

// schemes names the credentials that are taken, for people.
func (a *API) schemes() string {
	if a.config.OAuth == nil {
		return "Authorization: Bearer <token>"
	}
	return "Authorization: Bearer <token>, or a signature after OAuth 1.0a (RFC 5849)"
}

// challenge is a 401 that says which credentials would be taken (RFC 6750,
// section 3; RFC 5849, section 3.5.1).
func (a *API) challenge(code, detail string) *problem.Problem {
	p := problem.New(problem.Unauthorized, "%s", detail)
	value := "Bearer " + problem.Realm
	if code != "" {
		value += `, error="` + code + `", error_description="` + detail + `"`
	}
	p.Header = http.Header{"Www-Authenticate": {value}}
	if a.config.OAuth != nil {
		p.Header.Add("Www-Authenticate", "OAuth "+problem.Realm)
	}
	return p
}

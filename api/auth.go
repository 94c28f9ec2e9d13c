package api

import (
	"context"
	"net/http"
	"regexp"
	"strings"

	"marquee/api/known"
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

// bearerToken matches a token (RFC 6750, section 2.1).
var bearerToken = regexp.MustCompile(`^[A-Za-z0-9._~+/-]+=*$`)

// credentialed reports whether a request has credentials, good or bad.
func credentialed(r *http.Request) bool {
	return r.Header["Authorization"] != nil || oauth1.Signed(r)
}

// authorize refuses a user without the needed access. user is nil for the public.
func (a *API) authorize(user *credential.User, needed route.Access) error {
	switch {
	case needed == route.Everybody:
		return nil
	case user == nil:
		return a.challenge("", "this request needs credentials: "+a.schemes())
	case needed == route.Users && forItself(user):
		return problem.New(problem.Forbidden, "this request needs a user: sign it with a token of the user")
	case needed == route.Owners && user.App != "" && user.Role != credential.Admin:
		return problem.New(problem.Forbidden, "apps may not manage the tokens of their users: send a bearer token that belongs to no app")
	case needed == route.Editors && !edits(user):
		return problem.New(problem.Forbidden, "the role %q may not write", user.Role)
	case needed == route.Admins && user.Role != credential.Admin:
		return problem.New(problem.Forbidden, "the role %q may not do this; allowed: %s", user.Role, credential.Admin)
	}
	return nil
}

// edits reports whether a user is an editor or an admin. user is nil for the public.
func edits(user *credential.User) bool {
	return user != nil && (user.Role == credential.Editor || user.Role == credential.Admin)
}

// presented are the credentials of a request, parsed. verify looks them up.
type presented struct {
	key    known.Key
	verify func() (*credential.User, error)
}

// authenticate returns the user of a request, nil for the public, and charges the
// request to its rate limit. Bad credentials are refused on reads too, so that a client
// notices them.
func (a *API) authenticate(c *call) (*credential.User, error) {
	if !credentialed(c.r) {
		return nil, a.admit(c, nil)
	}
	p, malformed := a.present(c)
	if err := a.admitCredentials(c.w, c.r, p.key); err != nil {
		return nil, err
	}
	if malformed != nil {
		return nil, a.chargeFailure(c.w, c.r, p.key, malformed)
	}
	user, err := p.verify()
	if err != nil {
		return nil, a.chargeFailure(c.w, c.r, p.key, err)
	}
	a.good.Add(p.key)
	return user, nil
}

// present parses the credentials of a request. An error is a refusal.
func (a *API) present(c *call) (presented, error) {
	if !oauth1.Signed(c.r) {
		token, err := a.bearer(c.r)
		return presented{known.KeyOf(token), func() (*credential.User, error) { return a.holder(c, token) }}, err
	}
	m, err := a.open(c.r)
	if err != nil {
		return presented{}, err
	}
	m.LimitBody(c.format().MaxBytes)
	return presented{keyOf(m), func() (*credential.User, error) { return a.signer(c, m) }}, nil
}

// admit charges a request to its user, nil for the public.
func (a *API) admit(c *call, user *credential.User) error {
	traceOf(c.r).user = user
	return a.charge(c, user)
}

// bearer returns the bearer token of a request without a signature.
func (a *API) bearer(r *http.Request) (string, error) {
	values := r.Header["Authorization"]
	scheme, token, _ := strings.Cut(values[0], " ")
	token = strings.TrimLeft(token, " ")
	switch {
	case len(values) > 1:
		return "", a.challenge("invalid_token", "the header Authorization is given more than once; send it once")
	case !strings.EqualFold(scheme, "Bearer"):
		return "", a.challenge("", "the authorization scheme is not supported; allowed: "+a.schemes())
	case !bearerToken.MatchString(token):
		return "", a.challenge("invalid_token", "the bearer token is malformed")
	}
	return token, nil
}

// holder returns the user of a bearer token.
func (a *API) holder(c *call, token string) (*credential.User, error) {
	user, err := a.config.Catalogue.Authenticate(c.ctx, token)
	if storage.CodeOf(err) == storage.NotFound {
		return nil, a.challenge("invalid_token", "the bearer token is unknown")
	}
	if err != nil {
		return nil, err
	}
	return user, a.admit(c, user)
}

// forItself reports whether the user is an app that acts without a user.
func forItself(user *credential.User) bool { return user.Name == credential.AppUser(user.App) }

// open parses a signed request.
func (a *API) open(r *http.Request) (*oauth1.Message, error) {
	if a.config.OAuth == nil {
		return nil, a.challenge("", "requests signed with OAuth 1.0 are not accepted here; allowed: "+a.schemes())
	}
	return a.config.OAuth.Open(r)
}

// keyOf returns the key of an app and its token.
func keyOf(m *oauth1.Message) known.Key { return known.KeyOf(m.ConsumerKey(), m.Token()) }

// signer returns the user of a signed request. The check may have read the body, as slowly
// as the client sent it.
func (a *API) signer(c *call, m *oauth1.Message) (*credential.User, error) {
	user, err := a.config.OAuth.Check(c.ctx, m, a.config.OAuth.Signer, func(user *credential.User) error { return a.admit(c, user) })
	c.restart()
	return user, err
}

// schemes lists the accepted credentials, for people.
func (a *API) schemes() string {
	if a.config.OAuth == nil {
		return "Authorization: Bearer <token>"
	}
	return "Authorization: Bearer <token>, or an OAuth 1.0a signature (RFC 5849)"
}

// challenge returns a 401 with the accepted schemes (RFC 6750, section 3; RFC 5849,
// section 3.5.1).
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

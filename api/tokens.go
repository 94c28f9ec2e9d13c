package api

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/gorilla/mux"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/api/route"
	"marquee/api/wire"
	"marquee/storage"
	"marquee/storage/credential"
)

// Tokens manages the tokens of users. Only IssueToken and RotateToken return
// secrets. A token that does not exist, or that has ended, is NotFound.
type Tokens interface {
	// Tokens returns a part of the tokens of a user, "" for all users, also of ended
	// ones, and their number.
	Tokens(ctx context.Context, user string, part credential.Slice) (tokens []credential.Token, total int, err error)
	// IssueToken creates a token for a user. It is NotFound if the user's app does not
	// exist, and Invalid if the token would have ended already.
	IssueToken(ctx context.Context, u credential.User, expires *time.Time) (*credential.TokenSecrets, error)
	// RevokeToken ends a token of a user, "" for any user.
	RevokeToken(ctx context.Context, user string, id int64) error
	// RotateToken gives a token new secrets.
	RotateToken(ctx context.Context, id int64) (*credential.TokenSecrets, error)
}

// listTokens answers with a page of tokens, also ended ones, without their secrets.
// Admins see the tokens of all users, other users their own.
func (a *API) listTokens(c *call) (*reply, error) {
	p, err := param.ParsePage(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	tokens, total, err := a.config.Catalogue.Tokens(c.ctx, c.owner(), credential.Slice{Offset: p.Offset, Limit: p.Limit})
	if err != nil {
		return nil, err
	}
	body, err := wire.Tokens(p, tokens, total)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, header: http.Header{"Cache-Control": {noCopies}, "Link": {p.Links(total)}}, body: body}, nil
}

// createToken creates a token and answers with its secrets, which are shown only
// once. Like createApp, it does not honor Idempotency-Key.
func (a *API) createToken(c *call) (*reply, error) {
	form, err := c.parseForm()
	if err != nil {
		return nil, err
	}
	u := credential.User{Role: roleOf(form)}
	u.Name, _ = form["user"].(string)
	u.App, _ = form["app"].(string)
	var expires *time.Time
	if t, ok := form["expires"].(time.Time); ok {
		expires = &t
	}
	secrets, err := a.config.Catalogue.IssueToken(c.ctx, u, expires)
	switch code := storage.CodeOf(err); {
	case code == storage.NotFound:
		return nil, tokenFault("app", u.App, "is not an active app")
	case code == storage.Invalid && expires != nil: // the form cannot see any other fault
		return nil, tokenFault("expires", storage.FormatTime(*expires), "must be in the future")
	case err != nil:
		return nil, err
	}
	body, err := wire.TokenSecrets(secrets)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, header: createdHeader(c, strconv.FormatInt(secrets.ID, 10)), body: body}, nil
}

// tokenFault returns the problem of a field of a new token.
func tokenFault(field, value, reason string) error {
	return problem.Invalid(problem.InvalidBody, []storage.Fault{{Pointer: "/token/" + field, Value: value, Reason: reason}})
}

// revokeToken ends a token immediately.
func (a *API) revokeToken(c *call) (*reply, error) {
	if err := c.parseEmpty(); err != nil {
		return nil, err
	}
	if err := a.config.Catalogue.RevokeToken(c.ctx, c.owner(), c.tokenID()); err != nil {
		return nil, err
	}
	return revoked(), nil
}

// rotateToken answers with new secrets. The old ones end immediately.
func (a *API) rotateToken(c *call) (*reply, error) {
	if err := c.parseEmpty(); err != nil {
		return nil, err
	}
	secrets, err := a.config.Catalogue.RotateToken(c.ctx, c.tokenID())
	if err != nil {
		return nil, err
	}
	body, err := wire.TokenSecrets(secrets)
	if err != nil {
		return nil, err
	}
	return secretsReply(body), nil
}

// tokenID returns the id that the path names. checkTokenID has checked its form.
func (c *call) tokenID() int64 {
	id, _ := strconv.ParseInt(mux.Vars(c.r)[route.Token.Variable], 10, 64)
	return id
}

// checkTokenID returns NotFound if the path names a token with an id that no token
// can have.
func checkTokenID(vars map[string]string) error {
	id, named := vars[route.Token.Variable]
	if named && !route.Token.ValidID(id) {
		return problem.NotFoundf("there is no token %q: an id is %s", storage.Excerpt(id), route.Token.IDForm)
	}
	return nil
}

// owner returns the user whose tokens the request may manage, "" for those of all
// users.
func (c *call) owner() string {
	if c.user.Role == credential.Admin {
		return ""
	}
	return c.user.Name
}

package api

import (
	"context"
	"net/http"

	"github.com/gorilla/mux"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/api/route"
	"marquee/api/wire"
	"marquee/storage"
	"marquee/storage/credential"
)

// Apps manages the apps that sign requests. Only CreateApp and RotateApp return
// secrets. An app that does not exist, or that is revoked, is NotFound.
type Apps interface {
	// Apps returns a part of all apps, also of revoked ones, and their number.
	Apps(ctx context.Context, part credential.Slice) (apps []credential.App, total int, err error)
	// CreateApp creates an app, Conflict if another one has the name.
	CreateApp(ctx context.Context, name string, role credential.Role) (*credential.AppSecrets, error)
	// RevokeApp ends an app and all its tokens, by its consumer key.
	RevokeApp(ctx context.Context, key string) error
	// RotateApp gives an app a new secret, by its consumer key.
	RotateApp(ctx context.Context, key string) (*credential.AppSecrets, error)
}

// listApps answers with a page of apps, also revoked ones, without their secrets.
func (a *API) listApps(c *call) (*reply, error) {
	p, err := param.ParsePage(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	apps, total, err := a.config.Catalogue.Apps(c.ctx, credential.Slice{Offset: p.Offset, Limit: p.Limit})
	if err != nil {
		return nil, err
	}
	body, err := wire.Apps(p, apps, total)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusOK, header: http.Header{"Cache-Control": {noCopies}, "Link": {p.Links(total)}}, body: body}, nil
}

// createApp creates an app and answers with its secrets, which are shown only once.
// It does not honor Idempotency-Key: to repeat the answer, the secrets would have to
// be stored.
func (a *API) createApp(c *call) (*reply, error) {
	form, err := c.parseForm()
	if err != nil {
		return nil, err
	}
	name, _ := form["name"].(string)
	secrets, err := a.config.Catalogue.CreateApp(c.ctx, name, roleOf(form))
	if err != nil {
		return nil, err
	}
	body, err := wire.AppSecrets(secrets)
	if err != nil {
		return nil, err
	}
	return &reply{status: http.StatusCreated, header: createdHeader(c, secrets.ConsumerKey), body: body}, nil
}

// revokeApp ends an app and all its tokens immediately.
func (a *API) revokeApp(c *call) (*reply, error) {
	if err := c.parseEmpty(); err != nil {
		return nil, err
	}
	key, err := c.consumerKey()
	if err != nil {
		return nil, err
	}
	if err := a.config.Catalogue.RevokeApp(c.ctx, key); err != nil {
		return nil, err
	}
	return revoked(), nil
}

// rotateApp answers with a new secret. The old one ends immediately.
func (a *API) rotateApp(c *call) (*reply, error) {
	if err := c.parseEmpty(); err != nil {
		return nil, err
	}
	key, err := c.consumerKey()
	if err != nil {
		return nil, err
	}
	secrets, err := a.config.Catalogue.RotateApp(c.ctx, key)
	if err != nil {
		return nil, err
	}
	body, err := wire.AppSecrets(secrets)
	if err != nil {
		return nil, err
	}
	return secretsReply(body), nil
}

// consumerKey returns the key that the path names.
func (c *call) consumerKey() (string, error) {
	key := mux.Vars(c.r)[route.App.Variable]
	if !route.App.ValidID(key) {
		return "", problem.NotFoundf("there is no app %q: an app is named by %s", storage.Excerpt(key), route.App.IDForm)
	}
	return key, nil
}

// parseForm parses the body of a request that writes no noun, and that has no query
// parameters.
func (c *call) parseForm() (map[string]any, error) {
	if err := param.ParseNone(c.path(), c.query()); err != nil {
		return nil, err
	}
	data, err := c.readBody()
	if err != nil {
		return nil, err
	}
	return c.route.Form.Parse(data)
}

// roleOf returns the role in the form of an app or a token.
func roleOf(form map[string]any) credential.Role {
	if s, _ := form["role"].(string); s != "" {
		return credential.Role(s)
	}
	return credential.Editor
}

// createdHeader is the header of a reply with the secrets of a new app or token.
func createdHeader(c *call, id string) http.Header {
	return http.Header{"Cache-Control": {noCopies}, "Location": {c.route.Template + "/" + id}}
}

// secretsReply answers with the new secrets of an app or a token.
func secretsReply(body []byte) *reply {
	return &reply{status: http.StatusOK, header: http.Header{"Cache-Control": {noCopies}}, body: body}
}

// revoked answers that an app or a token has ended.
func revoked() *reply {
	return &reply{status: http.StatusNoContent, header: http.Header{"Cache-Control": {noCopies}}}
}

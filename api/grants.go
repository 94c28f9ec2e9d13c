package api

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/gorilla/mux"

	"marquee/api/param"
	"marquee/api/problem"
	"marquee/storage"
	"marquee/storage/credential"
)

// App and Token describe what admins manage, as the bodies of requests give it.
var (
	App = &storage.Noun{
		Name: "app", Plural: "apps", Doc: "A program that signs its requests (OAuth 1.0a), for users or for itself.",
		Fields: []storage.Field{
			{Name: "name", Type: appName, Required: true, Doc: "name; no two apps that work share one"},
			{Name: "role", Type: role, Doc: "the most that the app may do, whoever it acts for; editor when it is left out"},
		},
	}
	Token = &storage.Noun{
		Name: "token", Plural: "tokens", Doc: "What somebody acts for a user with.",
		Fields: []storage.Field{
			{Name: "user", Type: userName, Required: true, Doc: "name of the user that the token stands for"},
			{Name: "app", Type: appName, Doc: "the only app that may sign requests with the token, by its name or consumer key; without one there is only a bearer token"},
			{Name: "role", Type: role, Doc: "what the user may do, as far as the app may; editor when it is left out"},
			{Name: "expires", Type: &storage.Type{Kind: storage.Timestamp, Allowed: "a time, yyyy-mm-ddThh-mm[-ss] in UTC"}, Doc: "when the token ends; never when it is left out"},
		},
	}
)

// The types of their fields.
var (
	appName = &storage.Type{
		Kind: storage.Text, Min: 1, Max: 96, Allowed: "a name of 1 to 96 bytes without control characters, and without spaces around it",
		Valid: func(s string) bool { return credential.App{Name: s, Role: credential.Editor}.Check() == nil },
	}
	userName = &storage.Type{
		Kind: storage.Text, Min: 1, Max: 100, Allowed: "a name of 1 to 100 bytes without control characters and without spaces around it, which does not begin with " + credential.AppUser(""),
		Valid: func(s string) bool { return credential.User{Name: s, Role: credential.Editor}.Check() == nil },
	}
	role = &storage.Type{Kind: storage.Text, Enum: []string{string(credential.Editor), string(credential.Admin)}}
)

// ConsumerKey is the variable of paths that stands for an app: what signed
// requests name it by.
const ConsumerKey = "consumer_key"

// grant is how the apps or the tokens are managed. Each function but list
// returns the object of its reply.
type grant struct {
	noun *storage.Noun
	item string // the path of one, below that of all
	list func(*API, *call, credential.Slice) (page any, total int, err error)
	// create also returns what the new one is called in its path.
	create func(*API, *call, map[string]any) (object any, name string, err error)
	revoke func(*API, *call) error
	rotate func(*API, *call) (any, error)
}

var grants = []grant{
	{App, "/{" + ConsumerKey + "}", (*API).listApps, (*API).createApp, (*API).revokeApp, (*API).rotateApp},
	{Token, "/{" + Token.IDName() + "}", (*API).listTokens, (*API).createToken, (*API).revokeToken, (*API).rotateToken},
}

func grantRoutes() []Route {
	var routes []Route
	for _, g := range grants {
		all := Base + "/" + g.noun.Plural
		var own []*storage.Noun
		if g.noun == Token { // whose ids have the form of all others
			own = []*storage.Noun{Token}
		}
		routes = append(routes,
			Route{Template: all, Kind: GrantsPath, Noun: g.noun, Form: g.noun, actions: map[string]action{http.MethodGet: g.showAll, http.MethodPost: g.issue}},
			Route{Template: all + g.item, Kind: GrantPath, Noun: g.noun, Variables: own, actions: map[string]action{http.MethodDelete: g.end}},
			Route{Template: all + g.item + "/rotate", Kind: RotatePath, Noun: g.noun, Variables: own, actions: map[string]action{http.MethodPost: g.renew}})
	}
	return routes
}

// showAll answers GET with a page of the list, without secrets.
func (g grant) showAll(a *API, c *call) (*reply, error) {
	p, err := param.ParsePage(c.path(), c.query())
	if err != nil {
		return nil, err
	}
	page, total, err := g.list(a, c, credential.Slice{Offset: p.Offset, Limit: p.Limit})
	if err != nil {
		return nil, err
	}
	meta := fmt.Sprintf(`{"offset":%d,"limit":%d,"total":%d}`, p.Offset, p.Limit, total)
	rep, err := grantReply(http.StatusOK, meta, g.noun.Plural, page)
	if err == nil {
		rep.header.Set("Link", p.Links(total))
	}
	return rep, err
}

// issue answers POST with the secrets, which are shown this once. Idempotency-Key
// is not heeded: to repeat the answer, they would have to be kept.
func (g grant) issue(a *API, c *call) (*reply, error) {
	if err := param.ParseNone(c.path(), c.query()); err != nil {
		return nil, err
	}
	form, err := c.readForm(g.noun)
	if err != nil {
		return nil, err
	}
	made, name, err := g.create(a, c, form)
	if err != nil {
		return nil, err
	}
	rep, err := grantReply(http.StatusCreated, "{}", g.noun.Name, made)
	if err == nil {
		rep.header.Set("Location", Base+"/"+g.noun.Plural+"/"+name)
	}
	return rep, err
}

// end answers DELETE: the access ends at once.
func (g grant) end(a *API, c *call) (*reply, error) {
	if err := c.readNoObject(); err != nil {
		return nil, err
	}
	if err := g.revoke(a, c); err != nil {
		return nil, err
	}
	return &reply{status: http.StatusNoContent, header: http.Header{"Cache-Control": {noCopies}}}, nil
}

// renew answers with new secrets; the old ones end at once.
func (g grant) renew(a *API, c *call) (*reply, error) {
	if err := c.readNoObject(); err != nil {
		return nil, err
	}
	renewed, err := g.rotate(a, c)
	if err != nil {
		return nil, err
	}
	return grantReply(http.StatusOK, "{}", g.noun.Name, renewed)
}

// grantReply puts what is known of apps or tokens into the envelope.
func grantReply(status int, meta, member string, v any) (*reply, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", member, err)
	}
	body := fmt.Appendf(nil, `{"meta":%s,"%s":%s}`, meta, member, data)
	return &reply{status: status, header: http.Header{"Cache-Control": {noCopies}}, body: body}, nil
}

// The wire forms of apps, and of what they sign with.
type (
	wireApp struct {
		Name        string          `json:"name"`
		ConsumerKey string          `json:"consumer_key"`
		Role        credential.Role `json:"role"`
		Created     string          `json:"created"`
		Revoked     *string         `json:"revoked"`
	}
	wireToken struct {
		ID         string          `json:"id"`
		User       string          `json:"user"`
		App        *string         `json:"app"`
		Role       credential.Role `json:"role"`
		Prefix     *string         `json:"prefix"`
		OAuthToken *string         `json:"oauth_token"`
		Created    string          `json:"created"`
		Expires    *string         `json:"expires"`
		Revoked    *string         `json:"revoked"`
	}
	wireSecrets struct {
		ID               string  `json:"id"`
		Token            *string `json:"token"`
		OAuthToken       *string `json:"oauth_token"`
		OAuthTokenSecret *string `json:"oauth_token_secret"`
	}
)

// optional is a text of a reply, null when it is empty.
func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// optionalTime is a time of a reply, null when it is none.
func optionalTime(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return optional(storage.FormatTime(*t))
}

// roleOf is the role that a form asks for.
func roleOf(form map[string]any) credential.Role {
	if s, _ := form["role"].(string); s != "" {
		return credential.Role(s)
	}
	return credential.Editor
}

func (a *API) listApps(c *call, part credential.Slice) (any, int, error) {
	apps, total, err := a.catalogue.Apps(c.ctx, part)
	shown := make([]wireApp, len(apps))
	for i, p := range apps {
		shown[i] = wireApp{p.Name, p.ConsumerKey, p.Role, storage.FormatTime(p.Created), optionalTime(p.Revoked)}
	}
	return shown, total, err
}

func (a *API) createApp(c *call, form map[string]any) (any, string, error) {
	name, _ := form["name"].(string)
	secrets, err := a.catalogue.CreateApp(c.ctx, name, roleOf(form))
	if err != nil {
		return nil, "", err
	}
	return secrets, secrets.ConsumerKey, nil
}

// consumerKeyForm is what the store makes keys of. It takes names too, which
// would make two paths of one app.
var consumerKeyForm = regexp.MustCompile(`^app_[A-Z2-7]{26}$`)

// consumerKey is the key that the path names.
func (c *call) consumerKey() (string, error) {
	key := mux.Vars(c.r)[ConsumerKey]
	if !consumerKeyForm.MatchString(key) {
		return "", problem.NotFoundf("there is no app %q: an app is named by its consumer key", storage.Excerpt(key))
	}
	return key, nil
}

func (a *API) revokeApp(c *call) error {
	key, err := c.consumerKey()
	if err != nil {
		return err
	}
	return a.catalogue.RevokeApp(c.ctx, key)
}

func (a *API) rotateApp(c *call) (any, error) {
	key, err := c.consumerKey()
	if err != nil {
		return nil, err
	}
	return a.catalogue.RotateApp(c.ctx, key)
}

func (a *API) listTokens(c *call, part credential.Slice) (any, int, error) {
	tokens, total, err := a.catalogue.Tokens(c.ctx, c.owner(), part)
	shown := make([]wireToken, len(tokens))
	for i, t := range tokens {
		shown[i] = wireToken{
			strconv.FormatInt(t.ID, 10), t.User, optional(t.App), t.Role, optional(t.Prefix), optional(t.OAuthToken),
			storage.FormatTime(t.Created), optionalTime(t.Expires), optionalTime(t.Revoked),
		}
	}
	return shown, total, err
}

func (a *API) createToken(c *call, form map[string]any) (any, string, error) {
	u := credential.User{Role: roleOf(form)}
	u.Name, _ = form["user"].(string)
	u.App, _ = form["app"].(string)
	var expires *time.Time
	if t, ok := form["expires"].(time.Time); ok {
		expires = &t
	}
	secrets, err := a.catalogue.IssueToken(c.ctx, u, expires)
	switch code := storage.CodeOf(err); {
	case code == storage.NotFound:
		return nil, "", problem.Invalid(problem.InvalidBody, []storage.Fault{{Pointer: "/token/app", Value: u.App, Reason: "is no app that works"}})
	case code == storage.Invalid && expires != nil: // which is all that the form does not tell
		return nil, "", problem.Invalid(problem.InvalidBody, []storage.Fault{{Pointer: "/token/expires", Value: storage.FormatTime(*expires), Reason: "must be in the future"}})
	case err != nil:
		return nil, "", err
	}
	shown := shownSecrets(secrets)
	return shown, shown.ID, nil
}

func shownSecrets(s *credential.TokenSecrets) *wireSecrets {
	return &wireSecrets{strconv.FormatInt(s.ID, 10), optional(s.Bearer), optional(s.OAuthToken), optional(s.OAuthTokenSecret)}
}

// tokenID is the number that the path names; its form leaves no room for an error.
func (c *call) tokenID() int64 {
	id, _ := strconv.ParseInt(c.id(), 10, 64)
	return id
}

// owner is whose tokens the user manages: admins everybody's, "", others their own.
func (c *call) owner() string {
	if c.user.Role == credential.Admin {
		return ""
	}
	return c.user.Name
}

func (a *API) revokeToken(c *call) error {
	return a.catalogue.RevokeToken(c.ctx, c.owner(), c.tokenID())
}

func (a *API) rotateToken(c *call) (any, error) {
	secrets, err := a.catalogue.RotateToken(c.ctx, c.tokenID())
	if err != nil {
		return nil, err
	}
	return shownSecrets(secrets), nil
}

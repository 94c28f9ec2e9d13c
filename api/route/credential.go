package route

import (
	"net/http"
	"regexp"

	"marquee/api/body"
	"marquee/storage"
	"marquee/storage/credential"
)

// Credential is a kind of thing that gives access.
type Credential struct {
	// Name and Plural are the words of paths and envelopes.
	Name, Plural string
	// Variable is the variable for the id in paths of one of them.
	Variable string
	// IDForm says in words what an id is.
	IDForm string
	// idForm matches the ids that the store makes.
	idForm *regexp.Regexp
	// Form describes the body of a request to create one.
	Form *body.Form
}

// App and Token are the kinds of credentials. An app's id is its consumer key. The
// store also finds apps by name, but that would give one app two paths.
var (
	App = &Credential{
		Name: "app", Plural: "apps", Variable: "consumer_key", IDForm: "its consumer key", idForm: regexp.MustCompile(`^app_[A-Z2-7]{26}$`), Form: appForm,
	}
	Token = &Credential{
		Name: "token", Plural: "tokens", Variable: "token_id", IDForm: "a decimal number above 0 of at most 18 digits, without leading zeros", idForm: regexp.MustCompile(`^[1-9][0-9]{0,17}$`), Form: tokenForm,
	}
)

// ValidID reports whether id has the form of an id. An id of another form cannot
// exist.
func (c *Credential) ValidID(id string) bool { return c.idForm.MatchString(id) }

// credentialRoutes returns the paths that manage apps or tokens.
func credentialRoutes(c *Credential) []Route {
	all := Base + "/" + c.Plural
	one := all + "/{" + c.Variable + "}"
	return []Route{
		{Template: all, Kind: Grants, Grant: c, Form: c.Form, methods: []string{http.MethodGet, http.MethodPost}},
		{Template: one, Kind: Grant, Grant: c, methods: []string{http.MethodDelete}},
		{Template: one + "/rotate", Kind: Rotate, Grant: c, methods: creates},
	}
}

// appForm and tokenForm are the bodies of requests that create them.
var (
	appForm = &body.Form{
		Name: "app", Doc: "The fields of a new app. A field that is absent or null is not set.",
		Fields: []storage.Field{
			{Name: "name", Type: appName, Required: true, Doc: "name; no two active apps may share one"},
			{Name: "role", Type: role, Doc: "highest role that the app may use; default editor"},
		},
	}
	tokenForm = &body.Form{
		Name: "token", Doc: "The fields of a new token. A field that is absent or null is not set.",
		Fields: []storage.Field{
			{Name: "user", Type: userName, Required: true, Doc: "name of the user for whom the token acts"},
			{Name: "app", Type: appName, Doc: "only app that may sign requests with the token, by name or consumer key; without an app there is only a bearer token"},
			{Name: "role", Type: role, Doc: "role of the user, limited by the role of the app; default editor"},
			{Name: "expires", Type: &storage.Type{Kind: storage.Timestamp, Allowed: "a time, yyyy-mm-ddThh-mm[-ss] in UTC"}, Doc: "when the token expires; without it, never"},
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

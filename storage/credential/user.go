package credential

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"marquee/storage"
)

// Role is the set of rights of a user.
type Role string

// The roles. An editor writes; an admin also manages apps and tokens.
const (
	Editor Role = "editor"
	Admin  Role = "admin"
)

// Valid reports whether the role exists.
func (r Role) Valid() bool { return r == Editor || r == Admin }

// Lesser returns the role with the rights of both roles.
func (r Role) Lesser(other Role) Role {
	if r == Admin {
		return other
	}
	return r
}

// Scheme is the authentication scheme of a request.
type Scheme string

// The schemes: a bearer token (RFC 6750), a signature (OAuth 1.0a, RFC 5849).
const (
	Bearer Scheme = "bearer"
	OAuth  Scheme = "oauth"
)

// User is the user of a credential.
type User struct {
	// Name is the name of the user, or AppUser for an app that acts for itself.
	Name string
	// Role is the lesser role of the credential and its app.
	Role Role
	// App is the name of the app, "" for a token without one.
	App string
	// Scheme is the scheme of the request.
	Scheme Scheme
}

// maxName bounds the names of users and apps, in bytes.
const maxName = 100

// appPrefix begins the user names of apps that act for themselves.
const appPrefix = "app:"

// AppUser returns the user name of an app that acts for itself. No user can have it.
func AppUser(app string) string { return appPrefix + app }

// Check returns an error of code Invalid when the user cannot have a token: the name or
// the role is invalid.
func (u User) Check() error {
	switch {
	case !properName(u.Name):
		return storage.Errorf(storage.Invalid, "the name of a user must have 1 to %d bytes, without control characters and without spaces around it", maxName)
	case strings.HasPrefix(u.Name, appPrefix):
		return storage.Errorf(storage.Invalid, "the name of a user must not begin with %s: apps act under such names", appPrefix)
	case !u.Role.Valid():
		return storage.Errorf(storage.Invalid, "the role of a user must be %s or %s", Editor, Admin)
	}
	return nil
}

func properName(s string) bool {
	return s != "" && len(s) <= maxName && utf8.ValidString(s) && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, unicode.IsControl)
}

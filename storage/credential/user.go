package credential

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"marquee/storage"
)

// Role is what a user may do.
type Role string

// The roles: an editor writes, an admin also manages who may write.
const (
	Editor Role = "editor"
	Admin  Role = "admin"
)

// Valid reports whether the role is one of the roles.
func (r Role) Valid() bool { return r == Editor || r == Admin }

// Lesser is what both roles may do.
func (r Role) Lesser(other Role) Role {
	if r == Admin {
		return other
	}
	return r
}

// Scheme is how a request proved who sent it.
type Scheme string

// The schemes: a bearer token (RFC 6750), a signature (OAuth 1.0a, RFC 5849).
const (
	Bearer Scheme = "bearer"
	OAuth  Scheme = "oauth"
)

// User is who a credential stands for.
type User struct {
	// Name is the user's, or that of AppUser for an app that acts for itself.
	Name string
	// Role is what both the credential and its app may do.
	Role Role
	// App is the name of the app that acts, "" for a token without one.
	App string
	// Scheme is how the request proved it.
	Scheme Scheme
}

// maxName bounds the names of users and apps, in bytes.
const maxName = 100

// appPrefix begins the names under which apps act for themselves.
const appPrefix = "app:"

// AppUser is the name under which an app acts for itself: no user can have it.
func AppUser(app string) string { return appPrefix + app }

// Check is an error of code Invalid when the user can have no token: without a
// proper name, or with an unknown role.
func (u User) Check() error {
	switch {
	case !properName(u.Name):
		return storage.Errorf(storage.Invalid, "the name of a user must have 1 to %d bytes, begin and end with something else than a space, and have no control characters", maxName)
	case strings.HasPrefix(u.Name, appPrefix):
		return storage.Errorf(storage.Invalid, "the name of a user must not begin with %s: apps act under such names", appPrefix)
	case !u.Role.Valid():
		return storage.Errorf(storage.Invalid, "a user needs a name and one of the roles %s and %s", Editor, Admin)
	}
	return nil
}

func properName(s string) bool {
	return s != "" && len(s) <= maxName && utf8.ValidString(s) && strings.TrimSpace(s) == s &&
		!strings.ContainsFunc(s, unicode.IsControl)
}

package route

import "net/http"

// Access is the access that a method needs.
type Access int

// The levels of access.
const (
	Everybody Access = iota
	Users            // not an app that acts for itself
	Owners           // users with a token of no app, for their own tokens, and admins
	Editors
	Admins
)

// Access returns the access that a method needs at the path. Unless the kind of path
// says otherwise, reading is public and writing is for editors.
func (r *Route) Access(method string) Access {
	switch r.Kind {
	case Views: // a view does not say whose it is
		return Everybody
	case Vote:
		return Users
	case History, Prospect: // it names the editors; it shows what is not public yet
		return Editors
	case Grants, Grant, Rotate:
		if r.Grant == Token && method != http.MethodPost { // users see and revoke their own
			return Owners
		}
		return Admins
	}
	if method == http.MethodGet || method == http.MethodHead {
		return Everybody
	}
	return Editors
}

// Public reports whether the method needs no credentials at the path.
func (r *Route) Public(method string) bool { return r.Access(method) == Everybody }

package storage

// Role is what a user may do.
type Role string

// The roles: an editor writes, an admin also manages who may write.
const (
	Editor Role = "editor"
	Admin  Role = "admin"
)

// User is who a credential stands for.
type User struct {
	Name string
	Role Role
}

// Check is an error of code Invalid when the user has no name or an unknown
// role.
func (u User) Check() error {
	if u.Name == "" || u.Role != Editor && u.Role != Admin {
		return Errorf(Invalid, "a user needs a name and one of the roles %s and %s", Editor, Admin)
	}
	return nil
}

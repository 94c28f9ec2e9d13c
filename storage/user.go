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

package shared

// selfPath is this program's own file, which `go test` removes while a supervisor may still be wanted.
func selfPath() string { return "/proc/self/exe" }

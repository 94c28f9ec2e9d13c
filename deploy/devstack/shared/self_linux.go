package shared

// selfPath returns the path of the running program. `go test` may already have removed its file.
func selfPath() string { return "/proc/self/exe" }

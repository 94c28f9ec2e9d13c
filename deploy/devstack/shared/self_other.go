//go:build unix && !linux

package shared

import "os"

// selfPath returns the path of the running program.
func selfPath() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

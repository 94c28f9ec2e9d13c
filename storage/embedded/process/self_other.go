//go:build unix && !linux

package process

import (
	"os"
	"syscall"
)

// Self returns the path of the program's own file.
func Self() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

// ExecutableCopy returns nil: here the program's file must be executable by all users.
func ExecutableCopy() (*os.File, error) { return nil, nil }

// ToolAttributes returns nil. Without a signal at the parent's death, the postgres of a killed supervisor goes on, and
// the next start reports that the folder is in use.
func ToolAttributes() *syscall.SysProcAttr { return nil }

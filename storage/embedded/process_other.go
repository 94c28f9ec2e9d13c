//go:build unix && !linux

package embedded

import (
	"os"
	"syscall"
	"time"
)

// inheritedPath has no counterpart here: the data directory's parents must be open to the server's user.
const inheritedPath = "."

func selfPath() string {
	path, err := os.Executable()
	if err != nil {
		return os.Args[0]
	}
	return path
}

func executableCopy() (*os.File, error) { return nil, nil }

func supervisorAttributes(d *directory) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if os.Getuid() == 0 {
		attributes.Credential = &syscall.Credential{Uid: d.uid, Gid: d.gid}
	}
	return attributes
}

// toolAttributes: without a signal at the parent's death, a killed supervisor leaves postgres to the next start,
// which then says that the folder is still in use.
func toolAttributes() *syscall.SysProcAttr { return nil }

func adoptOrphans() error { return nil }

func killOrphans(time.Duration) {}

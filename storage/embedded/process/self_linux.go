package process

import (
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Self returns the path of the program's own file. It works even where the folder is closed to the child's user (go run)
// and when the file was replaced by a newer version.
func Self() string { return "/proc/self/exe" }

// ExecutableCopy returns a copy of the program in memory when other users cannot execute its file, as after a build with
// the umask 077, and nil when they can.
func ExecutableCopy() (*os.File, error) {
	original, err := os.Open(Self())
	if err != nil {
		return nil, err
	}
	defer original.Close()
	info, err := original.Stat()
	if err != nil || info.Mode().Perm()&0o001 != 0 {
		return nil, err
	}
	fd, err := unix.MemfdCreate("marquee", unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("copy the program into memory: %w", err)
	}
	inMemory := os.NewFile(uintptr(fd), "marquee")
	if _, err := io.Copy(inMemory, original); err != nil {
		inMemory.Close()
		return nil, fmt.Errorf("copy the program into memory: %w", err)
	}
	return inMemory, nil
}

// ToolAttributes make the kernel stop PostgreSQL's programs (SIGQUIT) when the supervisor is killed. The kernel watches
// the thread that started them, so that thread must live as long as they do.
func ToolAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
}

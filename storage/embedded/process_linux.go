package embedded

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// inheritedPath leads into the folder through the inherited file descriptor, whatever its parents permit.
var inheritedPath = fmt.Sprintf("/proc/self/fd/%d", directoryFD)

// selfPath is the program's own file, reachable even where its folder is closed to the child's user (go run) and when
// it was replaced by a newer version.
func selfPath() string { return "/proc/self/exe" }

// executableCopy returns a copy of the program in memory when its own file is closed to other users, as root's umask of
// 077 makes it, and nil when it can be executed as it is.
func executableCopy() (*os.File, error) {
	original, err := os.Open(selfPath())
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

// supervisorAttributes puts the supervisor into a session of its own, and under the folder's owner.
func supervisorAttributes(d *directory) *syscall.SysProcAttr {
	attributes := &syscall.SysProcAttr{Setsid: true}
	if os.Getuid() == 0 {
		attributes.Credential = &syscall.Credential{Uid: d.uid, Gid: d.gid}
	}
	return attributes
}

// toolAttributes make the kernel tell PostgreSQL's programs to end at once (SIGQUIT) when the supervisor is killed. The
// kernel means the thread that started them, so that must live as long as they do.
func toolAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Pdeathsig: syscall.SIGQUIT}
}

// adoptOrphans makes the processes of a killed postgres children of this one, so that killOrphans finds them.
func adoptOrphans() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("adopt orphans: %w", err)
	}
	return nil
}

// killOrphans ends what a dead postgres left: a session busy with a query does not notice at once, and postgres does
// not start again before the last is gone.
func killOrphans(limit time.Duration) {
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(readyPoll) {
		children := ownChildren()
		if len(children) == 0 {
			return
		}
		for _, pid := range children {
			syscall.Kill(pid, syscall.SIGKILL)
			syscall.Wait4(pid, nil, syscall.WNOHANG, nil)
		}
	}
}

// ownChildren lists the processes whose parent is this one.
func ownChildren() []int {
	proc, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer proc.Close()
	names, _ := proc.Readdirnames(-1)
	var children []int
	for _, name := range names {
		if pid, err := strconv.Atoi(name); err == nil && parentOf(name) == os.Getpid() {
			children = append(children, pid)
		}
	}
	return children
}

// parentOf reads the fourth field of /proc/PID/stat, which follows a name that may hold anything, in parentheses.
func parentOf(pid string) int {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return -1
	}
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 2 {
		return -1
	}
	parent, err := strconv.Atoi(string(fields[1]))
	if err != nil {
		return -1
	}
	return parent
}

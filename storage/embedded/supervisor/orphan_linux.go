package supervisor

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// inheritedPath reaches the folder through the inherited file descriptor, without rights on its parents.
var inheritedPath = fmt.Sprintf("/proc/self/fd/%d", directoryFD)

// adoptOrphans makes the processes of a killed postgres children of this one, so that killOrphans finds them.
func adoptOrphans() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("adopt orphans: %w", err)
	}
	return nil
}

// killOrphans ends the processes that a dead postgres left. A session in a query does not notice the death at once, and
// postgres does not start again before the last one has ended.
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

// parentOf returns the fourth field of /proc/PID/stat. The second is a name in parentheses, which may hold any character.
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

package server

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

// attributes put a server into a process group of its own, so that a terminal's Ctrl-C reaches only the program that
// owns it, and have the kernel kill it when that program dies, however it dies. The kernel means the thread that started
// it, so that must live as long.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

const stopLimit = 5 * time.Second

// AwaitStopped returns when the process that was sent a SIGSTOP has come to a halt: the signal alone does not wait.
func AwaitStopped(pid int) error {
	for deadline := time.Now().Add(stopLimit); ; time.Sleep(time.Millisecond) {
		stat, err := ReadStat(pid)
		if err != nil || stat.State == 'T' {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d did not stop within %s", pid, stopLimit)
		}
	}
}

// Stat is a line of the process table.
type Stat struct {
	State  byte // 'T' is stopped, 'Z' has ended and waits for its parent to notice
	Parent int
}

// ReadStat looks a process up.
func ReadStat(pid int) (Stat, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return Stat{}, err
	}
	// State and parent follow the name, which may hold anything, in parentheses.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 2 {
		return Stat{}, fmt.Errorf("process %d has no state", pid)
	}
	parent, err := strconv.Atoi(string(fields[1]))
	return Stat{State: fields[0][0], Parent: parent}, err
}

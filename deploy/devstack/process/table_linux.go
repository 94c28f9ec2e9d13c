package process

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"
)

const (
	stopLimit = 5 * time.Second
	endLimit  = 30 * time.Second
)

// AwaitStopped returns when a process has stopped. SIGSTOP takes effect some time after it was sent.
func AwaitStopped(pid int) error {
	for deadline := time.Now().Add(stopLimit); ; time.Sleep(time.Millisecond) {
		s, err := readStat(pid)
		if err != nil || s.state == 'T' {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("process %d did not stop within %s", pid, stopLimit)
		}
	}
}

// stat is a line of the process table.
type stat struct {
	state  byte // 'T' is stopped, 'Z' has ended and waits for its parent to notice
	parent int
}

// readStat returns the line of a process.
func readStat(pid int) (stat, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return stat{}, err
	}
	// State and parent follow the name, which is in parentheses and may contain any character.
	fields := bytes.Fields(b[bytes.LastIndexByte(b, ')')+1:])
	if len(fields) < 2 {
		return stat{}, fmt.Errorf("process %d has no state", pid)
	}
	parent, err := strconv.Atoi(string(fields[1]))
	return stat{state: fields[0][0], parent: parent}, err
}

// Family returns a process with its children, and the id of its parent.
func Family(main int) (processes []int, parent int, err error) {
	own, err := readStat(main)
	if err != nil {
		return nil, 0, err
	}
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, 0, err
	}
	processes = []int{main}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue // not a process
		}
		if its, err := readStat(pid); err == nil && its.parent == main { // an error means that it has ended
			processes = append(processes, pid)
		}
	}
	return processes, own.parent, nil
}

// AwaitEnd returns when a process has ended or is a zombie. A zombie has no open files; it stays in the process table while
// its parent is frozen.
func AwaitEnd(pid int) error {
	for deadline := time.Now().Add(endLimit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		s, err := readStat(pid)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) || s.state == 'Z' {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("process %d did not end", pid)
}

package devstack

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"marquee/deploy/devstack/server"
)

// frozen is a stopped process, and a shell that lets it go on when this process ends, or tells it to.
type frozen struct {
	shell *exec.Cmd
	input io.Closer
}

func freeze(pid int) (*frozen, error) {
	cmd := exec.Command("sh", "-c", `read -r _; kill -CONT "$0"`, strconv.Itoa(pid)) //nolint:noctx // its input's end ends it
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	f := &frozen{shell: cmd, input: input}
	err = syscall.Kill(pid, syscall.SIGSTOP)
	if err == nil {
		err = server.AwaitStopped(pid)
	}
	if err != nil {
		return nil, errors.Join(err, f.thaw())
	}
	return f, nil
}

func (f *frozen) thaw() error {
	return errors.Join(f.input.Close(), f.shell.Wait())
}

// family lists a process with its children, and tells its parent.
func family(main int) (processes []int, parent int, err error) {
	stat, err := server.ReadStat(main)
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
		if its, err := server.ReadStat(pid); err == nil && its.Parent == main { // an error: it has ended meanwhile
			processes = append(processes, pid)
		}
	}
	return processes, stat.Parent, nil
}

// signalAll does not mind a process that has ended.
func signalAll(processes []int, s syscall.Signal) error {
	var errs []error
	for _, pid := range processes {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// awaitEnd returns when the process has let go of everything. Its frozen parent cannot bury it, so it stays in the
// process table as a zombie, without open files.
func awaitEnd(pid int) error {
	for deadline := time.Now().Add(queryLimit); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		stat, err := server.ReadStat(pid)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) || stat.State == 'Z' {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("process %d did not end", pid)
}

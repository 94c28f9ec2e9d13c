package process

import (
	"errors"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// Frozen is a stopped process. A shell continues it on Thaw, or when this process ends.
type Frozen struct {
	shell *exec.Cmd
	input io.Closer
}

// Freeze stops a process.
func Freeze(pid int) (*Frozen, error) {
	cmd := exec.Command("sh", "-c", `read -r _; kill -CONT "$0"`, strconv.Itoa(pid)) //nolint:noctx // it ends with its input
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	f := &Frozen{shell: cmd, input: input}
	err = syscall.Kill(pid, syscall.SIGSTOP)
	if err == nil {
		err = AwaitStopped(pid)
	}
	if err != nil {
		return nil, errors.Join(err, f.Thaw())
	}
	return f, nil
}

// Thaw continues the process.
func (f *Frozen) Thaw() error {
	return errors.Join(f.input.Close(), f.shell.Wait())
}

package process

import (
	"errors"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// Frozen is a stopped process, and a shell that lets it go on when this process ends, or tells it to.
type Frozen struct {
	shell *exec.Cmd
	input io.Closer
}

func Freeze(pid int) (*Frozen, error) {
	cmd := exec.Command("sh", "-c", `read -r _; kill -CONT "$0"`, strconv.Itoa(pid)) //nolint:noctx // its input's end ends it
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

func (f *Frozen) Thaw() error {
	return errors.Join(f.input.Close(), f.shell.Wait())
}

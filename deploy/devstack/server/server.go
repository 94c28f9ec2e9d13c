// Package server runs real Elasticsearch, Redis and PostgreSQL servers without Docker, for tests and for development. Each
// server listens on a free loopback port, has a folder of its own, and ends with the process that started it.
package server

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"marquee/deploy/devstack/process"
)

const (
	// readyLimit bounds the time until a started server answers. Elasticsearch needs 3 s, on a busy machine 20.
	readyLimit = 2 * time.Minute
	readyPoll  = 25 * time.Millisecond
	// exitLimit bounds the time that the kernel takes to end a killed process, which may write out much memory.
	exitLimit = 20 * time.Second
	// portTries is above one because another process may take a free port before the server does.
	portTries = 3
)

// Process is a running server. Its methods may be called from any goroutine, but Restart not while another method runs.
type Process struct {
	kind kind
	dir  string
	port int

	mu      sync.Mutex
	command *exec.Cmd
	exited  chan struct{}
}

// kind describes a server program.
type kind struct {
	name    string
	scheme  string
	command func(dir string, port int) *exec.Cmd
	ready   func(ctx context.Context, address string) error // makes one attempt
	// credential is the user that runs the program; nil for the user of this process.
	credential *syscall.Credential
}

// start runs a server in dir, and creates dir when it is missing.
func start(ctx context.Context, k kind, dir string) (*Process, error) {
	if err := os.MkdirAll(filepath.Join(dir, dataFolder), 0o700); err != nil {
		return nil, err
	}
	p := &Process{kind: k, dir: dir}
	var err error
	for range portTries {
		if p.port, err = FreePort(); err != nil {
			break
		}
		if err = p.launch(ctx); err == nil || portIsFree(p.port) {
			break
		}
	}
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", k.name, err)
	}
	return p, nil
}

// The contents of a server's folder.
const (
	dataFolder = "data"
	logFile    = "log"
)

// launch starts the program on p.port and waits until it answers.
func (p *Process) launch(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(p.dir, logFile), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	cmd := p.kind.command(p.dir, p.port)
	cmd.Dir, cmd.Stdout, cmd.Stderr = p.dir, log, log
	cmd.SysProcAttr = process.Attributes()
	cmd.SysProcAttr.Credential = p.kind.credential
	// Nothing is written to it. Where the kernel does not kill the children of a dead parent, a launcher may watch its end.
	lifeline, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	exited := make(chan struct{})
	failed := make(chan error, 1)
	go func() {
		defer close(exited)
		runtime.LockOSThread() // see process.Attributes
		defer runtime.UnlockOSThread()
		err := cmd.Start()
		failed <- err
		if err == nil {
			_ = cmd.Wait() // the log says how it ended
		}
		_ = lifeline.Close()
	}()
	if err := <-failed; err != nil {
		return err
	}
	p.mu.Lock()
	p.command, p.exited = cmd, exited
	p.mu.Unlock()
	if err := p.waitReady(ctx, exited); err != nil {
		return errors.Join(err, p.Kill())
	}
	return nil
}

// waitReady returns when the server answers, has ended, or ctx is done.
func (p *Process) waitReady(ctx context.Context, exited <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, readyLimit)
	defer cancel()
	ticker := time.NewTicker(readyPoll)
	defer ticker.Stop()
	for {
		err := p.kind.ready(ctx, address(p.port))
		if err == nil {
			return nil
		}
		select {
		case <-exited:
			return fmt.Errorf("the server ended at once:\n%s", p.Log())
		case <-ctx.Done():
			return fmt.Errorf("no answer in time: %w\n%s", err, p.Log())
		case <-ticker.C:
		}
	}
}

// URL returns the server's address for clients. Restart does not change it.
func (p *Process) URL() string { return p.kind.scheme + "://" + address(p.port) }

// Done returns a channel that is closed when the running program has ended.
func (p *Process) Done() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.exited
}

// Kill ends the server at once, as the loss of its machine would, and returns when it has ended. Its data stays.
func (p *Process) Kill() error {
	exited := p.Done()
	if err := p.signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	timer := time.NewTimer(exitLimit)
	defer timer.Stop()
	select {
	case <-exited:
		return nil
	case <-timer.C:
		return fmt.Errorf("%s did not end within %s of being killed", p.kind.name, exitLimit)
	}
}

// Stop freezes the server: it accepts connections and answers nothing. It returns when the server is frozen.
func (p *Process) Stop() error {
	if err := p.signal(syscall.SIGSTOP); err != nil {
		return err
	}
	return process.AwaitStopped(p.pid())
}

// Continue lets a stopped server go on where it was.
func (p *Process) Continue() error { return p.signal(syscall.SIGCONT) }

// Restart kills the server if it runs, and starts it on the same port with the same data.
func (p *Process) Restart(ctx context.Context) error {
	if err := p.Kill(); err != nil {
		return err
	}
	if err := p.launch(ctx); err != nil {
		return fmt.Errorf("restart %s: %w", p.kind.name, err)
	}
	return nil
}

// RestartEmpty is Restart without the data.
func (p *Process) RestartEmpty(ctx context.Context) error {
	if err := p.Kill(); err != nil {
		return err
	}
	data := filepath.Join(p.dir, dataFolder)
	if err := errors.Join(os.RemoveAll(data), os.Mkdir(data, 0o700)); err != nil {
		return err
	}
	return p.Restart(ctx)
}

// Close ends the server and removes its folder.
func (p *Process) Close() error {
	return errors.Join(p.Kill(), os.RemoveAll(p.dir))
}

// logBytes is enough for a stack trace with its cause.
const logBytes = 6000

// Log returns the end of the server's output.
func (p *Process) Log() string { return tail(filepath.Join(p.dir, logFile)) }

func (p *Process) pid() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.command.Process.Pid
}

func (p *Process) signal(s os.Signal) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.command.Process.Signal(s)
}

func tail(path string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-logBytes):])
}

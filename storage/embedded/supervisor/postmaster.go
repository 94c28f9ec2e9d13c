package supervisor

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"marquee/storage/embedded/cluster"
	"marquee/storage/embedded/process"
)

// The limits of the steps that stop postgres. Their sum is below StopLimit.
const (
	fastLimit      = 20 * time.Second // SIGINT: disconnect clients, write a checkpoint
	immediateLimit = 5 * time.Second  // SIGQUIT: end at once; the next start recovers from the log
	killLimit      = 5 * time.Second  // SIGKILL
	// readyLimit includes crash recovery, which replays at most max_wal_size (1 GB) of log.
	readyLimit = 3 * time.Minute
	readyPoll  = 10 * time.Millisecond
)

// postmaster is one run of postgres in the foreground.
type postmaster struct {
	cmd     *exec.Cmd
	cluster string
	exited  chan struct{} // closed when it and all its processes are gone
	err     error         // the reason of the end; read after exited
}

// startPostmaster runs postgres and waits until it accepts connections.
func (s *supervisor) startPostmaster(ctx context.Context) error {
	p, err := s.runPostmaster()
	if err != nil {
		return err
	}
	s.current = p
	if err := p.waitReady(ctx); err != nil {
		p.stop(true)
		return err
	}
	return nil
}

func (s *supervisor) runPostmaster() (*postmaster, error) {
	output, input, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(s.cluster.Tools.Postgres, "-D", s.cluster.Path())
	cmd.Env = cluster.Environment()
	cmd.Stdout, cmd.Stderr = input, input
	cmd.ExtraFiles = []*os.File{s.folder, s.lock}
	cmd.SysProcAttr = process.ToolAttributes()
	p := &postmaster{cmd: cmd, cluster: s.cluster.Path(), exited: make(chan struct{})}
	started := make(chan error)
	copied := make(chan struct{})
	go func() {
		io.Copy(s.log, output)
		output.Close()
		close(copied)
	}()
	go p.run(input, started, copied)
	if err := <-started; err != nil {
		return nil, fmt.Errorf("run %s: %w", s.cluster.Tools.Postgres, err)
	}
	return p, nil
}

// run starts postgres and waits for its end, on one thread, see process.ToolAttributes.
func (p *postmaster) run(input *os.File, started chan<- error, copied <-chan struct{}) {
	runtime.LockOSThread()
	err := p.cmd.Start()
	input.Close()
	started <- err
	if err != nil {
		return
	}
	p.err = p.cmd.Wait()
	if p.err == nil {
		p.err = errors.New("it was asked to stop")
	}
	killOrphans(killLimit)
	select { // errors quote the last lines of the log
	case <-copied:
	case <-time.After(time.Second):
	}
	close(p.exited)
}

// waitReady polls the last line of postmaster.pid, where postgres writes its state.
func (p *postmaster) waitReady(ctx context.Context) error {
	deadline := time.After(readyLimit)
	for !p.isReady() {
		select {
		case <-p.exited:
			return fmt.Errorf("postgres ended while it started: %w", p.err)
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline:
			return fmt.Errorf("postgres was not ready after %s", readyLimit)
		case <-time.After(readyPoll):
		}
	}
	return nil
}

// isReady compares the process id too, because a killed postgres leaves its file.
func (p *postmaster) isReady() bool {
	b, err := os.ReadFile(filepath.Join(p.cluster, "postmaster.pid"))
	if err != nil {
		return false
	}
	lines := strings.Split(string(b), "\n")
	const stateLine = 7
	return len(lines) > stateLine && lines[0] == strconv.Itoa(p.cmd.Process.Pid) && strings.TrimSpace(lines[stateLine]) == "ready"
}

// stop ends postgres in steps, each more forceful than the one before. immediate skips the first.
func (p *postmaster) stop(immediate bool) {
	steps := []struct {
		signal syscall.Signal
		limit  time.Duration
	}{{syscall.SIGINT, fastLimit}, {syscall.SIGQUIT, immediateLimit}, {syscall.SIGKILL, killLimit}}
	if immediate {
		steps = steps[1:]
	}
	for _, step := range steps {
		p.cmd.Process.Signal(step.signal)
		select {
		case <-p.exited:
			return
		case <-time.After(step.limit):
		}
	}
}

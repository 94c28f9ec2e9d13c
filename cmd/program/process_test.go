package program

import (
	"strings"
	"syscall"
	"testing"
)

// process is a marquee that is ended, killed, frozen, and started again at the same
// address. Its methods are for the test's own goroutine.
type process struct {
	site    // "" of one that takes no requests
	t       *testing.T
	e       environment
	args    []string
	current *child
}

// startProcess starts a command. One that serves does so at an address of its own,
// and has begun to when this returns.
func startProcess(t *testing.T, e environment, role string, args ...string) *process {
	t.Helper()
	p := &process{t: t, e: e, args: append([]string{role}, args...)}
	if role != "indexer" {
		p.base = "http://" + freeAddress(t)
		p.args = append(p.args, "--listen", p.address())
	}
	p.start()
	return p
}

func (p *process) address() string { return strings.TrimPrefix(p.base, "http://") }

func (p *process) start() {
	p.t.Helper()
	p.current = startChild(p.t, p.e, p.args...)
	if p.base != "" {
		p.current.answers(p.t)
	}
}

// End lets the process end by itself.
func (p *process) End() {
	p.t.Helper()
	p.signal(syscall.SIGTERM)
	if err := p.current.wait(p.t); err != nil {
		p.t.Errorf("%v: %v\n%s", p.args, err, p.current.stderr.String())
	}
}

// Kill ends the process at once.
func (p *process) Kill() { p.t.Helper(); p.current.kill(p.t) }

// Stop freezes the process.
func (p *process) Stop() { p.t.Helper(); p.signal(syscall.SIGSTOP) }

// Continue lets a frozen process go on.
func (p *process) Continue() { p.t.Helper(); p.signal(syscall.SIGCONT) }

// Restart kills the process, if it lives, and returns when the next one answers.
func (p *process) Restart() {
	p.t.Helper()
	p.Kill()
	p.start()
}

func (p *process) signal(s syscall.Signal) {
	p.t.Helper()
	p.current.signal(p.t, s)
}

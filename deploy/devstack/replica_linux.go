package devstack

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// processes are the server's main process and its children.
func (p *postgresFamily) processes() ([]int, error) {
	b, err := os.ReadFile(filepath.Join(p.dir, "data", "postmaster.pid"))
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(b), "\n")
	main, err := strconv.Atoi(line)
	if err != nil {
		return nil, err
	}
	processes, _, err := family(main)
	return processes, err
}

// Kill ends all processes at once: what the main one leaves would keep a new one from starting for a moment.
func (p *postgresFamily) Kill() error {
	p.halted = nil
	select {
	case <-p.Done():
		return nil
	default:
	}
	processes, err := p.processes()
	if err != nil {
		return errors.Join(err, p.Process.Kill())
	}
	err = errors.Join(signalAll(processes, syscall.SIGKILL), p.Process.Kill())
	for _, pid := range processes {
		err = errors.Join(err, awaitEnd(pid))
	}
	return err
}

// Stop freezes the main process first: it must not start others meanwhile.
func (p *postgresFamily) Stop() error {
	if err := p.Process.Stop(); err != nil {
		return err
	}
	var err error
	if p.halted, err = p.processes(); err != nil {
		return err
	}
	return signalAll(p.halted, syscall.SIGSTOP)
}

// Continue lets all processes go on where they were.
func (p *postgresFamily) Continue() error {
	defer func() { p.halted = nil }()
	return signalAll(p.halted, syscall.SIGCONT)
}

// Close ends the server and removes its folder.
func (p *postgresFamily) Close() error { return errors.Join(p.Kill(), p.Process.Close()) }

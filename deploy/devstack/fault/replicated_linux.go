package fault

import (
	"errors"
	"path/filepath"
	"syscall"

	"marquee/deploy/devstack/process"
)

// processes returns the server's main process and its children.
func (p *Replicated) processes() ([]int, error) {
	main, err := mainProcess(filepath.Join(p.dir, "data"))
	if err != nil {
		return nil, err
	}
	processes, _, err := process.Family(main)
	return processes, err
}

// Kill ends all processes at once. Children that outlive the main process would delay the start of a new one.
func (p *Replicated) Kill() error {
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
	err = errors.Join(process.Signal(processes, syscall.SIGKILL), p.Process.Kill())
	for _, pid := range processes {
		err = errors.Join(err, process.AwaitEnd(pid))
	}
	return err
}

// Stop freezes all processes: the main one first, so that it starts no others meanwhile.
func (p *Replicated) Stop() error {
	if err := p.Process.Stop(); err != nil {
		return err
	}
	var err error
	if p.halted, err = p.processes(); err != nil {
		return err
	}
	return process.Signal(p.halted, syscall.SIGSTOP)
}

// Continue continues all stopped processes.
func (p *Replicated) Continue() error {
	defer func() { p.halted = nil }()
	return process.Signal(p.halted, syscall.SIGCONT)
}

// Close ends the server and removes its folder.
func (p *Replicated) Close() error { return errors.Join(p.Kill(), p.Process.Close()) }

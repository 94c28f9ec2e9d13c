// Package process stops, freezes and kills the processes of servers, for tests of faults.
package process

import (
	"errors"
	"syscall"
)

// Signal sends a signal to each process. A process that has ended is no error.
func Signal(processes []int, s syscall.Signal) error {
	var errs []error
	for _, pid := range processes {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Package process stops, freezes and kills the processes of servers, for tests of faults.
package process

import (
	"errors"
	"syscall"
)

// Signal does not mind a process that has ended.
func Signal(processes []int, s syscall.Signal) error {
	var errs []error
	for _, pid := range processes {
		if err := syscall.Kill(pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

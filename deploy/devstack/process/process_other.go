//go:build unix && !linux

package process

import "syscall"

// Attributes: without a signal at the parent's death, only a program that watches its standard input ends with it.
func Attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// AwaitStopped has nothing to look at here.
func AwaitStopped(int) error { return nil }

//go:build unix && !linux

package server

import "syscall"

// attributes: without a signal at the parent's death, only a program that watches its standard input ends with it.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// AwaitStopped has nothing to look at here.
func AwaitStopped(int) error { return nil }

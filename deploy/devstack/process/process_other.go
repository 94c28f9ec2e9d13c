//go:build unix && !linux

package process

import "syscall"

// Attributes returns the attributes of a server's process. This system sends no signal at the parent's death. Only a program
// that watches its standard input ends with its parent.
func Attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// AwaitStopped returns at once, because this system has no /proc.
func AwaitStopped(int) error { return nil }

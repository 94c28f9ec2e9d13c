package process

import "syscall"

// Attributes put a server into a process group of its own, so that a terminal's Ctrl-C reaches only the program that
// owns it, and have the kernel kill it when that program dies, however it dies. The kernel means the thread that started
// it, so that must live as long.
func Attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

package process

import "syscall"

// Attributes returns the attributes of a server's process. The process has its own process group, so that a terminal's
// Ctrl-C reaches only the program that started it. The kernel kills the server when that program ends for any reason. The
// kernel watches the starting thread, not the process, so that thread must live as long as the server.
func Attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

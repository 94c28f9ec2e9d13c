package listen

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// closeListener accepts the connections that wait in the listener's backlog, closes
// the listener, and returns them. Closing alone would reset them, and the requests that
// they may have sent already. Only one system call lies between the last accept and the
// end, instead of the millisecond that a server on a busy machine takes to accept.
func closeListener(listener net.Listener) (accepted []net.Conn, err error) {
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return nil, listener.Close()
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	var sockets []int
	err = raw.Control(func(fd uintptr) {
		for {
			socket, _, err := unix.Accept4(int(fd), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			switch {
			case err == nil:
				sockets = append(sockets, socket)
			case errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNABORTED): // there may be more
			default:
				_ = unix.Shutdown(int(fd), unix.SHUT_RD) // tcp.Close below releases the rest
				return
			}
		}
	})
	for _, fd := range sockets {
		conn, failed := fileConn(fd)
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		accepted = append(accepted, conn)
	}
	return accepted, errors.Join(err, tcp.Close())
}

// fileConn returns the connection of an open socket, which it takes over.
func fileConn(fd int) (net.Conn, error) {
	file := os.NewFile(uintptr(fd), "accepted")
	defer file.Close() // the connection has a copy
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	return conn, nil
}

package program

import (
	"errors"
	"fmt"
	"net"
	"os"

	"golang.org/x/sys/unix"
)

// closeEmpty closes a listener when no connection waits in it to be accepted, and
// returns those that did: closing resets them, and with them requests that may have
// come already. Between the last look and the end there is one call of the system, and
// not the millisecond that a server on a busy machine takes to accept.
func closeEmpty(listener net.Listener) (waiting []net.Conn, err error) {
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return nil, listener.Close()
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return nil, err
	}
	var accepted []int
	err = raw.Control(func(fd uintptr) {
		for {
			conn, _, err := unix.Accept4(int(fd), unix.SOCK_NONBLOCK|unix.SOCK_CLOEXEC)
			switch {
			case err == nil:
				accepted = append(accepted, conn)
			case errors.Is(err, unix.EINTR), errors.Is(err, unix.ECONNABORTED): // there may be more
			default:
				_ = unix.Shutdown(int(fd), unix.SHUT_RD) // what it leaves open is closed below
				return
			}
		}
	})
	for _, fd := range accepted {
		conn, failed := connOf(fd)
		if failed != nil {
			err = errors.Join(err, failed)
			continue
		}
		waiting = append(waiting, conn)
	}
	return waiting, errors.Join(err, tcp.Close())
}

// connOf is the connection of an open socket, which it takes over.
func connOf(fd int) (net.Conn, error) {
	file := os.NewFile(uintptr(fd), "accepted")
	defer file.Close() // the connection has a copy
	conn, err := net.FileConn(file)
	if err != nil {
		return nil, fmt.Errorf("accept: %w", err)
	}
	return conn, nil
}

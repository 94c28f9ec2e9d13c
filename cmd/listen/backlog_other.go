//go:build !linux

package listen

import "net"

// closeListener closes a listener. Connections that wait in its backlog are reset.
func closeListener(listener net.Listener) ([]net.Conn, error) { return nil, listener.Close() }

package gateway

import (
	"context"
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
	"time"
)

// socket is a listening socket that nginx inherits, in the way in which nginx passes its
// sockets to a new version of itself. No other process can take the address meanwhile,
// as it could with a port that is only free.
type socket struct {
	port    string // in nginx.conf
	address string
	file    *os.File
}

// ports are the ports in nginx.conf: with TLS, without TLS, and for metrics.
var ports = [...]string{"8443", "8080", "8081"}

// listen opens a socket for each port in nginx.conf, at the given addresses.
func listen(t testing.TB, addresses ...string) []socket {
	t.Helper()
	var sockets []socket
	for i, port := range ports {
		l := listenAt(t, addresses[i])
		file, err := l.(*net.TCPListener).File()
		l.Close() // file is a duplicate of the socket
		if err != nil {
			t.Fatal(err)
		}
		sockets = append(sockets, socket{port: port, address: l.Addr().String(), file: file})
	}
	return sockets
}

// listenAt listens at an address, and retries while the workers of a killed gateway still
// use it.
func listenAt(t testing.TB, address string) net.Listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startLimit)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err == nil {
			return l
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatal(err)
		}
	}
}

// inherit passes sockets to a process before its start.
func inherit(cmd *exec.Cmd, sockets []socket) {
	const first = 3 // after the standard streams
	inherited := "NGINX="
	for i, s := range sockets {
		inherited += strconv.Itoa(first+i) + ";"
		cmd.ExtraFiles = append(cmd.ExtraFiles, s.file)
	}
	cmd.Env = append(os.Environ(), inherited)
}

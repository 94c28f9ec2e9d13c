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

// socket is a listening socket that nginx is started with, as it hands its own over
// to a new version of itself. Nobody can take the address in between, as other
// tests do with ports that are only free.
type socket struct {
	port    string // in nginx.conf
	address string
	file    *os.File
}

// ports are those of nginx.conf: with TLS, without, and for metrics.
var ports = [...]string{"8443", "8080", "8081"}

// listen opens sockets for the ports of nginx.conf, at an address for each.
func listen(t testing.TB, addresses ...string) []socket {
	t.Helper()
	var sockets []socket
	for i, port := range ports {
		l := listenAt(t, addresses[i])
		file, err := l.(*net.TCPListener).File()
		l.Close() // the file is the socket, too
		if err != nil {
			t.Fatal(err)
		}
		sockets = append(sockets, socket{port: port, address: l.Addr().String(), file: file})
	}
	return sockets
}

// listenAt listens at an address, which the workers of a gateway that was killed may
// hold for a moment.
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

// inherit hands sockets over to a process that is about to be started.
func inherit(cmd *exec.Cmd, sockets []socket) {
	const first = 3 // after the standard streams
	inherited := "NGINX="
	for i, s := range sockets {
		inherited += strconv.Itoa(first+i) + ";"
		cmd.ExtraFiles = append(cmd.ExtraFiles, s.file)
	}
	cmd.Env = append(os.Environ(), inherited)
}

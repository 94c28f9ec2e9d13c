package gateway

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"testing"
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
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", addresses[i])
		if err != nil {
			t.Fatal(err)
		}
		file, err := l.(*net.TCPListener).File()
		l.Close() // the file is the socket, too
		if err != nil {
			t.Fatal(err)
		}
		sockets = append(sockets, socket{port: port, address: l.Addr().String(), file: file})
	}
	return sockets
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

package gateway

import (
	"errors"
	"net"
	"net/http"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"
)

// A read that fails at one process goes to another. A write does not, once a process
// has received a part of it.
func TestRetries(t *testing.T) {
	t.Parallel()
	broken := newOrigin(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	whole := newOrigin(t, public("s-maxage=0", "done"))
	g := Start(t, Config{Programs: []string{broken.address(), whole.address()}})
	client := g.Client(t, nil)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		t.Run(method, func(t *testing.T) {
			failed := 0
			for i := range 2 { // one request for each process
				before := len(broken.requests()) + len(whole.requests())
				r := send(t, client, method, g.URL+"/2.0/movies/"+strconv.Itoa(i), "{}")
				if r.StatusCode == http.StatusServiceUnavailable {
					failed++
				} else if r.body != "done" {
					t.Errorf("got %d %s, want 503 or done", r.StatusCode, r.body)
				}
				if n := len(broken.requests()) + len(whole.requests()) - before; n != 1 {
					t.Errorf("the write was sent %d times, want once", n)
				}
			}
			if failed > 1 {
				t.Errorf("%d writes failed, want 1: the working process got none", failed)
			}
		})
	}
	for i := range 20 {
		if r := get(t, client, g.URL+"/2.0/movies?offset="+strconv.Itoa(i)); r.body != "done" {
			t.Errorf("a read got %d %s, want done", r.StatusCode, r.body)
		}
	}
}

// While a process refuses connections, no request fails.
func TestProcessAway(t *testing.T) {
	t.Parallel()
	whole := newOrigin(t, public("s-maxage=0", "done"))
	g := Start(t, Config{Programs: []string{away(t), whole.address()}})
	client := g.Client(t, nil)
	for i := range 10 {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			if r := send(t, client, method, g.URL+"/2.0/movies/"+strconv.Itoa(i)+"%2F", "{}"); r.body != "done" {
				t.Errorf("%s got %d %s, want done", method, r.StatusCode, r.body)
			}
		}
		if r := send(t, client, http.MethodPost, g.URL+"/oauth/request_token%2F", "{}"); r.body != "done" {
			t.Errorf("a request for a token got %d %s, want done", r.StatusCode, r.body)
		}
	}
	for _, r := range whole.requests() {
		if r.Method != http.MethodGet && (r.ContentLength != 2 || r.RequestURI[len(r.RequestURI)-3:] != "%2F") {
			t.Errorf("%s %s arrived with %d bytes, want the same path and 2 bytes", r.Method, r.RequestURI, r.ContentLength)
		}
	}
}

// A machine that is gone does not refuse connections. Each write goes to another process
// after the connect timeout.
func TestProcessHangs(t *testing.T) {
	t.Parallel()
	whole := newOrigin(t, public("s-maxage=0", "done"))
	g := Start(t, Config{Programs: []string{hanging(t), whole.address()}})
	client := g.Client(t, nil)
	var writes sync.WaitGroup
	for i := range 4 {
		for _, path := range []string{"/2.0/movies/", "/oauth/request_token?"} {
			writes.Go(func() {
				if r := send(t, client, http.MethodPost, g.URL+path+strconv.Itoa(i), "{}"); r.body != "done" {
					t.Errorf("POST %s got %d %s, want done", path, r.StatusCode, r.body)
				}
			})
		}
	}
	writes.Wait()
}

// Of many concurrent writes, each may try the missing process more than once. None of
// them fails.
func TestProcessAwayFromManyWrites(t *testing.T) {
	t.Parallel()
	for range 5 { // nginx puts the process aside in the first moment
		whole := newOrigin(t, public("s-maxage=0", "done"))
		g := Start(t, Config{Programs: []string{away(t), whole.address()}})
		client := g.Client(t, nil)
		get(t, client, g.URL+"/2.0/movies") // opens the connection
		var writes sync.WaitGroup
		for i := range 32 {
			writes.Go(func() {
				if r := send(t, client, http.MethodPost, g.URL+"/2.0/movies/"+strconv.Itoa(i), "{}"); r.body != "done" {
					t.Errorf("got %d %s, want done", r.StatusCode, r.body)
				}
			})
		}
		writes.Wait()
	}
}

// hanging returns an address that neither accepts nor refuses connections: its backlog is
// full, and nothing accepts.
func hanging(t *testing.T) string {
	t.Helper()
	fd, address := bound(t)
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	dialer := net.Dialer{Timeout: 300 * time.Millisecond}
	for range 10 { // Linux accepts one more than the backlog
		conn, err := dialer.DialContext(t.Context(), "tcp", address)
		var timeout net.Error
		if errors.As(err, &timeout) && timeout.Timeout() {
			return address
		}
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
	t.Fatal("the backlog is not full after 10 connections")
	return ""
}

// away returns an address that refuses connections and that no other process can take:
// its socket never listens.
func away(t *testing.T) string {
	t.Helper()
	_, address := bound(t)
	return address
}

// bound returns a socket that is bound to a loopback port until the test ends.
func bound(t *testing.T) (fd int, address string) {
	t.Helper()
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = syscall.Close(fd) })
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	own, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	return fd, net.JoinHostPort("127.0.0.1", strconv.Itoa(own.(*syscall.SockaddrInet4).Port))
}

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

// A read that a process fails is asked of another; a write is not, once the
// process has begun to get it.
func TestRetries(t *testing.T) {
	t.Parallel()
	broken := newOrigin(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	whole := newOrigin(t, public("s-maxage=0", "done"))
	g := Start(t, Config{Programs: []string{broken.address(), whole.address()}})
	client := g.Client(t, nil)
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete} {
		t.Run(method, func(t *testing.T) {
			failed := 0
			for i := range 2 { // in turn, one each
				before := len(broken.requests()) + len(whole.requests())
				r := send(t, client, method, g.URL+"/2.0/movies/"+strconv.Itoa(i), "{}")
				if r.StatusCode == http.StatusServiceUnavailable {
					failed++
				} else if r.body != "done" {
					t.Errorf("got %d %s", r.StatusCode, r.body)
				}
				if n := len(broken.requests()) + len(whole.requests()) - before; n != 1 {
					t.Errorf("it was sent %d times", n)
				}
			}
			if failed > 1 {
				t.Errorf("the process that works was not asked")
			}
		})
	}
	for i := range 20 {
		if r := get(t, client, g.URL+"/2.0/movies?offset="+strconv.Itoa(i)); r.body != "done" {
			t.Errorf("a read: %d %s", r.StatusCode, r.body)
		}
	}
}

// While a process is away, no request fails, since none of them has got to it.
func TestProcessAway(t *testing.T) {
	t.Parallel()
	whole := newOrigin(t, public("s-maxage=0", "done"))
	g := Start(t, Config{Programs: []string{away(t), whole.address()}})
	client := g.Client(t, nil)
	for i := range 10 {
		for _, method := range []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete} {
			if r := send(t, client, method, g.URL+"/2.0/movies/"+strconv.Itoa(i)+"%2F", "{}"); r.body != "done" {
				t.Errorf("%s: %d %s", method, r.StatusCode, r.body)
			}
		}
		if r := send(t, client, http.MethodPost, g.URL+"/oauth/request_token%2F", "{}"); r.body != "done" {
			t.Errorf("a token: %d %s", r.StatusCode, r.body)
		}
	}
	for _, r := range whole.requests() {
		if r.Method != http.MethodGet && (r.ContentLength != 2 || r.RequestURI[len(r.RequestURI)-3:] != "%2F") {
			t.Errorf("%s %s came with %d bytes", r.Method, r.RequestURI, r.ContentLength)
		}
	}
}

// A machine that is gone refuses no connection, it answers none: each write goes to
// another once the time to connect is over.
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
					t.Errorf("%s: %d %s", path, r.StatusCode, r.body)
				}
			})
		}
	}
	writes.Wait()
}

// Many writes at once may each meet the process that is away more than once, and
// fail no more than one does.
func TestProcessAwayFromManyWrites(t *testing.T) {
	t.Parallel()
	for range 5 { // it is put aside in the first moment
		whole := newOrigin(t, public("s-maxage=0", "done"))
		g := Start(t, Config{Programs: []string{away(t), whole.address()}})
		client := g.Client(t, nil)
		get(t, client, g.URL+"/2.0/movies") // the connection is there
		var writes sync.WaitGroup
		for i := range 32 {
			writes.Go(func() {
				if r := send(t, client, http.MethodPost, g.URL+"/2.0/movies/"+strconv.Itoa(i), "{}"); r.body != "done" {
					t.Errorf("%d %s", r.StatusCode, r.body)
				}
			})
		}
		writes.Wait()
	}
}

// hanging is an address at which connections are neither taken nor refused: its
// queue of those that wait to be accepted is full, and nobody accepts.
func hanging(t *testing.T) string {
	t.Helper()
	fd, address := bound(t)
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	dialer := net.Dialer{Timeout: 300 * time.Millisecond}
	for range 10 { // Linux takes one more than the queue has places
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
	t.Fatal("connections are still taken")
	return ""
}

// away is an address at which connections are refused, and which nobody else is
// given: its socket never listens.
func away(t *testing.T) string {
	t.Helper()
	_, address := bound(t)
	return address
}

// bound is a socket that has a port of this machine until the test ends.
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

package api_test

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"marquee/api"
)

// The timeouts of these tests, short but long enough for a busy machine, and the time
// that such a machine may add. They start when a connection is accepted.
const (
	shortTimeout = 3 * time.Second
	slowMachine  = 30 * time.Second
	// dripEvery is the pause between two bytes, much shorter than the timeouts.
	dripEvery = 10 * time.Millisecond
)

// impatient serves a handler with the real server's limits, but with short timeouts.
// The write timeout includes the time to read, so it is longer.
func impatient(t *testing.T, handler http.Handler, write time.Duration) string {
	t.Helper()
	ts := httptest.NewUnstartedServer(nil)
	ts.Config = api.NewServer(handler, quiet())
	s := ts.Config
	s.ReadHeaderTimeout, s.ReadTimeout, s.IdleTimeout, s.WriteTimeout = shortTimeout, shortTimeout, shortTimeout, write
	ts.Start()
	t.Cleanup(ts.Close)
	return ts.Listener.Addr().String()
}

func dial(t *testing.T, address string) net.Conn {
	t.Helper()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(slowMachine)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// drip sends bytes slowly until the connection is closed.
func drip(conn net.Conn) {
	tick := time.NewTicker(dripEvery)
	defer tick.Stop()
	for range tick.C {
		if _, err := conn.Write([]byte("a")); err != nil {
			return
		}
	}
}

// A client that sends slowly or nothing loses the connection. A body that is too slow
// gets an answer first.
func TestSlowClients(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	address := impatient(t, c.handler, slowMachine/2)
	body := "POST /2.0/movies HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nAuthorization: Bearer " + editorToken + "\r\n"
	for name, s := range map[string]struct {
		sent     string
		dripping bool
		status   int // of the answer, 0 for none
	}{
		"nothing":                {"", false, 0},
		"half a header":          {"GET /2.0/movies HTTP/1.1\r\nHost: x\r\n", false, 0},
		"a header in pieces":     {"GET /2.0/movies HTTP/1.1\r\nHost: x\r\nA: ", true, 0},
		"half a body":            {body + "Content-Length: 100\r\n\r\n{", false, http.StatusBadRequest},
		"a body in pieces":       {body + "Content-Length: 1000000\r\n\r\n", true, http.StatusBadRequest},
		"half a chunk":           {body + "Transfer-Encoding: chunked\r\n\r\n64\r\n{", false, http.StatusBadRequest},
		"nothing after a while":  {"GET /2.0/movies HTTP/1.1\r\nHost: x\r\n\r\n", false, http.StatusOK},
		"a body that nobody has": {"POST /2.0/movies HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n", true, http.StatusUnauthorized},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, address)
			if _, err := io.WriteString(conn, s.sent); err != nil {
				t.Fatal(err)
			}
			if s.dripping {
				go drip(conn)
			}
			reader := bufio.NewReader(conn)
			if s.status != 0 {
				response, err := http.ReadResponse(reader, nil)
				if err != nil || response.StatusCode != s.status {
					t.Fatalf("%+v, %v; want %d", response, err, s.status)
				}
				_, _ = io.Copy(io.Discard, response.Body)
				_ = response.Body.Close()
			}
			rest, err := io.ReadAll(reader)
			if len(rest) > 0 || errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the connection is still open, %d bytes, %v", len(rest), err)
			}
		})
	}
}

// A client that does not read its answer blocks the handler no longer than the
// timeout.
func TestSlowReaders(t *testing.T) {
	t.Parallel()
	failed := make(chan error, 1)
	address := impatient(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		for {
			if _, err := w.Write(make([]byte, 1<<16)); err != nil {
				failed <- err
				return
			}
		}
	}), shortTimeout)
	if _, err := io.WriteString(dial(t, address), "GET / HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	select {
	case <-failed:
	case <-time.After(slowMachine):
		t.Error("the handler still writes")
	}
}

// Too large requests are refused before they are in memory.
func TestTooLargeRequests(t *testing.T) {
	t.Parallel()
	address := serve(t)
	for name, s := range map[string]struct {
		request string
		status  int
	}{
		"a header":       {"GET /2.0/movies HTTP/1.1\r\nHost: x\r\nA: " + strings.Repeat("a", 128<<10) + "\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"many headers":   {"GET /2.0/movies HTTP/1.1\r\nHost: x\r\n" + strings.Repeat("A: a\r\n", 32<<10) + "\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"a target":       {"GET /2.0/" + strings.Repeat("a", 128<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", http.StatusRequestHeaderFieldsTooLarge},
		"a long query":   {"GET /2.0/movies?q=" + strings.Repeat("a", 60<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", http.StatusRequestURITooLong},
		"a query":        {"GET /2.0/movies?q=" + strings.Repeat("a", 8<<10) + " HTTP/1.1\r\nHost: x\r\n\r\n", http.StatusRequestURITooLong},
		"a query at all": {"GET /2.0/movies?q=" + strings.Repeat("a", 8<<10-2) + " HTTP/1.1\r\nHost: x\r\n\r\n", http.StatusBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := dial(t, address)
			go func() { _, _ = io.WriteString(conn, s.request) }() // it may not be read to its end
			response, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				t.Fatal(err)
			}
			_ = response.Body.Close()
			if response.StatusCode != s.status {
				t.Errorf("status %d, want %d", response.StatusCode, s.status)
			}
		})
	}
}

// A client that closes its half of the connection while it waits looks like one that
// left. It must not get a success for a cancelled write.
func TestHalfClosedClients(t *testing.T) {
	t.Parallel()
	_, m := seeded(t)
	begun := make(chan struct{}, 1)
	m.fail = func(ctx context.Context) error {
		begun <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	tail := &memoryTail{memory: m}
	tail.follow(0)
	ts := httptest.NewServer(withCache(t, api.Config{Catalogue: m, Versions: m, Logger: quiet(), QueryTimeout: time.Second}, tail))
	t.Cleanup(ts.Close)
	for name, request := range map[string]string{
		"a write": "PUT /2.0/movies/1 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + editorToken + "\r\nContent-Type: application/json\r\nContent-Length: 12\r\n\r\n" + `{"movie":{}}`,
		"a read":  "GET /2.0/movies/1 HTTP/1.1\r\nHost: x\r\n\r\n",
	} {
		conn := dial(t, ts.Listener.Addr().String())
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		select {
		case <-begun:
		case <-time.After(slowMachine):
			t.Fatalf("%s has not begun", name)
		}
		if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		_ = response.Body.Close()
		if response.StatusCode < 400 {
			t.Errorf("%s is answered by %s", name, response.Status)
		}
	}
}

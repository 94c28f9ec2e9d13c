package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// counting is a listener that counts the writes of its connections, and the writes without
// a deadline.
type counting struct {
	net.Listener
	writes, endless atomic.Int64
}

func (l *counting) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return &countingConn{Conn: conn, l: l}, err
}

type countingConn struct {
	net.Conn
	l     *counting
	timed atomic.Bool
}

func (c *countingConn) SetWriteDeadline(t time.Time) error {
	c.timed.Store(!t.IsZero())
	return c.Conn.SetWriteDeadline(t)
}

func (c *countingConn) Write(p []byte) (int, error) {
	c.l.writes.Add(1)
	if !c.timed.Load() {
		c.l.endless.Add(1)
	}
	return c.Conn.Write(p)
}

// sized answers with the number of bytes in the path.
func sized(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.URL.Path[1:])
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(n))
	_, _ = w.Write(bytes.Repeat([]byte("a"), n))
}

// serveOneWrite serves a handler as Server does.
func serveOneWrite(t *testing.T, h http.HandlerFunc) (*httptest.Server, *counting) {
	t.Helper()
	var open connections
	server := httptest.NewUnstartedServer(h)
	writes := &counting{Listener: server.Listener}
	server.Listener, server.Config.ConnState = oneWriteListener{writes, &Server{}}, open.track
	server.Config.WriteTimeout = time.Hour
	server.Start()
	t.Cleanup(server.Close)
	return server, writes
}

// Answers of all lengths around the sizes of buffers arrive complete, whether the connection
// stays open or not. They are sent in one write up to maxOneWrite.
func TestOneWrite(t *testing.T) {
	t.Parallel()
	server, sent := serveOneWrite(t, sized)
	lengths := []int{0, 1, 2 * httpBuffer, 10_000, maxOneWrite, 10 * maxOneWrite}
	for n := range 1024 { // with headers of some length each multiple of the buffer is among these
		lengths = append(lengths, httpBuffer-n, 2*httpBuffer-n)
	}
	for _, n := range lengths {
		for _, last := range []bool{false, true} {
			before := sent.writes.Load()
			r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+"/"+fmt.Sprint(n), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Close = last
			response, err := server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			if got := len(readAll(t, response.Body)); got != n {
				t.Errorf("got %d bytes, want %d", got, n)
			}
			response.Body.Close()
			if sent.endless.Load() > 0 {
				t.Fatalf("%d bytes were sent without a deadline", n)
			}
			if writes := sent.writes.Load() - before; writes > 1 && n < maxOneWrite-httpBuffer {
				t.Errorf("%d bytes were sent in %d writes", n, writes)
			}
		}
	}
}

// The client gets the whole answer when the server leaves the body of the request unread.
func TestOneWriteUnreadBody(t *testing.T) {
	t.Parallel()
	server, _ := serveOneWrite(t, sized)
	for n := httpBuffer - 512; n < httpBuffer; n++ {
		body := bytes.NewReader(make([]byte, 1<<20))
		response, err := server.Client().Post(fmt.Sprintf("%s/%d", server.URL, n), "text/plain", body)
		if err != nil {
			t.Fatal(err)
		}
		if got := len(readAll(t, response.Body)); got != n {
			t.Errorf("got %d bytes, want %d", got, n)
		}
		response.Body.Close()
	}
}

// Close does not wait for a write that the client does not read.
func TestOneWriteClose(t *testing.T) {
	t.Parallel()
	client, server := net.Pipe()
	defer client.Close()
	conn, ended := &oneWriteConn{Conn: server}, make(chan error, 1)
	go func() {
		_, err := conn.Write([]byte("nobody reads this"))
		ended <- err
	}()
	if _, err := client.Read(make([]byte, 1)); err != nil { // the write has begun
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil {
		t.Error("the write got no error, want one")
	}
}

// A part of a stream arrives when the handler has flushed it and set the next deadline, also
// one that fills the buffer of net/http exactly.
func TestOneWriteStream(t *testing.T) {
	t.Parallel()
	sizes, failed := make(chan int), make(chan error, 1)
	server, _ := serveOneWrite(t, func(w http.ResponseWriter, _ *http.Request) {
		control := http.NewResponseController(w)
		for n := range sizes {
			_, err := w.Write(bytes.Repeat([]byte("a"), n))
			if err = errors.Join(err, control.Flush(), control.SetWriteDeadline(time.Now().Add(time.Minute))); err != nil {
				failed <- err
			}
		}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, server.URL, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	go func() { sizes <- 4069 }()
	response, err := server.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	defer close(sizes)
	for n := 4069; n < 4110; n++ { // "ff9\r\n", 4089 bytes and "\r\n" are a full buffer
		if n > 4069 { // the first part is on its way
			sizes <- n
		}
		if _, err := io.ReadFull(response.Body, make([]byte, n)); err != nil {
			t.Fatalf("a part of %d bytes does not arrive: %v", n, err)
		}
	}
	select {
	case err := <-failed:
		t.Error(err)
	default:
	}
}

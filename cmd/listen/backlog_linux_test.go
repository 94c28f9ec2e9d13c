package listen

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// Connections in the backlog of a listener are served after the listener has closed, and no
// new connection is accepted.
func TestCloseListener(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	const clients = 3
	var conns []net.Conn
	for range clients {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
		conns = append(conns, conn)
	}
	waiting, err := closeListener(listener)
	if err != nil || len(waiting) != clients {
		t.Fatalf("got %d connections, want %d (%v)", len(waiting), clients, err)
	}
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String()); err == nil {
		t.Error("the listener still accepts", conn.Close())
	}
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "still here") })}
	if err := server.Serve(&handover{waiting}); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Serve: %v", err)
	}
	for _, conn := range conns {
		if text := string(readAll(t, conn)); !strings.Contains(text, "still here") {
			t.Errorf("got %q", text)
		}
	}
	if err := server.Shutdown(t.Context()); err != nil {
		t.Error(err)
	}
}

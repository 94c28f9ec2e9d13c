package listen

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// awaitNone returns when the clients have closed all connections. Until then, idle
// connections are served.
func TestConnectionsAwaitNone(t *testing.T) {
	t.Parallel()
	var open connections
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	server.Config.ConnState = open.track
	server.Start()
	defer server.Close()
	client := &http.Client{Transport: &http.Transport{}}
	ask := func() {
		t.Helper()
		r, err := client.Get(server.URL)
		if err != nil {
			t.Fatal(err)
		}
		_ = readAll(t, r.Body)
		r.Body.Close()
	}
	ask()
	open.awaitNone(time.Millisecond)
	if n := open.n.Load(); n != 1 {
		t.Errorf("%d connections are open, want 1", n)
	}
	ask()
	client.CloseIdleConnections()
	open.awaitNone(time.Hour)
}

func readAll(t *testing.T, r io.Reader) []byte {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

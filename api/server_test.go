package api_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"marquee/api"
)

// serve starts the real server over a seeded catalogue and returns its address.
func serve(t *testing.T) string {
	t.Helper()
	c, _ := seeded(t)
	ts := httptest.NewUnstartedServer(nil)
	ts.Config = api.NewServer(c.handler, quiet())
	ts.Start()
	t.Cleanup(ts.Close)
	return ts.Listener.Addr().String()
}

func TestServerHasLimits(t *testing.T) {
	t.Parallel()
	s := api.NewServer(http.NotFoundHandler(), nil)
	for name, limit := range map[string]time.Duration{"header": s.ReadHeaderTimeout, "read": s.ReadTimeout, "write": s.WriteTimeout, "idle": s.IdleTimeout} {
		if limit <= 0 {
			t.Errorf("no %s timeout", name)
		}
	}
	if s.MaxHeaderBytes <= 8<<10 || s.MaxHeaderBytes > 1<<18 {
		t.Errorf("headers of %d bytes", s.MaxHeaderBytes)
	}
}

// One connection carries several requests, each with its own length.
func TestKeepAlive(t *testing.T) {
	t.Parallel()
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", serve(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	reader := bufio.NewReader(conn)
	for _, s := range []struct {
		method, target string
		status         int
	}{
		{"GET", "/2.0/movies", 200}, {"HEAD", "/2.0/movies", 200}, {"GET", "/2.0/nothing", 404}, {"PATCH", "/2.0/movies", 405},
		{"OPTIONS", "/2.0/movies", 204}, {"GET", "/2.0/movies?utm_x=" + strings.Repeat("a", 8<<10), 414}, {"GET", "//2.0/movies", 404},
		{"GET", "http://x/2.0/movies/1", 200}, {"POST", "/2.0/movies", 401}, {"GET", "/2.0/movies/%31?fields=%74itle", 200}, {"GET", "/2.0/movies?a=%zz", 400},
	} {
		fmt.Fprintf(conn, "%s %s HTTP/1.1\r\nHost: x\r\n\r\n", s.method, s.target)
		res, err := http.ReadResponse(reader, &http.Request{Method: s.method})
		if err != nil {
			t.Fatalf("%s %s: %v", s.method, s.target, err)
		}
		if _, err := io.Copy(io.Discard, res.Body); err != nil || res.StatusCode != s.status || res.Close {
			t.Errorf("%s %s: status %d, want %d, closing %v, %v", s.method, s.target, res.StatusCode, s.status, res.Close, err)
		}
		_ = res.Body.Close()
	}
}

// A client that sends too large a body reads the 413 before the connection closes.
func TestTooLargeOverTheWire(t *testing.T) {
	t.Parallel()
	address := serve(t)
	for name, chunked := range map[string]bool{"with length": false, "chunked": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var body io.Reader = strings.NewReader(strings.Repeat(" ", 1<<20+1))
			if chunked {
				body = io.MultiReader(body) // hides the length
			}
			r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+address+"/2.0/movies", body)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Content-Type", "application/json")
			r.Header.Set("Authorization", "Bearer "+editorToken)
			res, err := http.DefaultClient.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = res.Body.Close() }()
			if res.StatusCode != http.StatusRequestEntityTooLarge || !res.Close {
				t.Errorf("status %d, closing %v", res.StatusCode, res.Close)
			}
		})
	}
}

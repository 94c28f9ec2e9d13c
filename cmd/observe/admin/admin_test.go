package admin

import (
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"marquee/api"
	"marquee/cmd/observe/health"
	"marquee/cmd/observe/metric"
)

func TestServerAnswers(t *testing.T) {
	t.Parallel()
	m := metric.New()
	h := health.New(m, slog.New(slog.DiscardHandler))
	h.Depend("log", func() api.State { return api.Lagging })
	server := httptest.NewServer(handler(m, h.Report))
	defer server.Close()
	get := func(method, path string) (int, string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := server.Client().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(body)
	}
	for _, c := range []struct {
		method, path string
		status       int
		body         string
	}{
		{"GET", "/livez", 200, `{"meta":{},"status":"live"}`},
		{"GET", "/readyz", 503, `{"meta":{},"status":"starting","dependencies":{"log":"behind"}}`},
		{"HEAD", "/readyz", 503, ""},
		{"GET", "/metrics", 200, "\nmarquee_ready 0\n"},
		{"GET", "/metrics", 200, "\nmarquee_dependency_up{dependency=\"log\"} 0\n"},
		{"GET", "/metrics", 200, "\ngo_goroutines "},
		{"GET", "/debug/pprof/", 200, "goroutine"},
		{"GET", "/debug/pprof/heap?debug=1", 200, "heap profile"},
		{"POST", "/readyz", 405, ""},
		{"GET", "/2.0/movies", 404, ""},
	} {
		if status, body := get(c.method, c.path); status != c.status || !strings.Contains(body, c.body) {
			t.Errorf("%s %s: got %d %s, want %d %s", c.method, c.path, status, body, c.status, c.body)
		}
	}
	h.Serve()
	var report api.Health
	if status, body := get("GET", "/readyz"); status != 200 || json.Unmarshal([]byte(body), &report) != nil || report.Status != api.Ready {
		t.Errorf("/readyz after Serve: got %d %s, want 200 ready", status, body)
	}
}

func TestClose(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	m := metric.New()
	a := Serve(listener, m, health.New(m, slog.New(slog.DiscardHandler)).Report, slog.New(slog.DiscardHandler))
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address); err == nil {
		conn.Close()
		t.Errorf("%s accepts connections after Close", address)
	}
}

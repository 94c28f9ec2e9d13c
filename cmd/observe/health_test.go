package observe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/api"
)

func newHealth() *Health { return NewHealth(NewMetrics(), slog.New(slog.DiscardHandler)) }

func TestPhases(t *testing.T) {
	t.Parallel()
	h := newHealth()
	can := true
	h.Answers(func() bool { return can })
	want := func(status api.Status) {
		t.Helper()
		if got := h.Report().Status; got != status {
			t.Errorf("%s, want %s", got, status)
		}
	}
	want(api.Starting)
	h.Serve()
	want(api.Ready)
	can = false
	want(api.NotReady)
	h.Drain()
	want(api.Draining)
	h.Serve() // whoever is late
	want(api.Draining)
}

// A server that does not answer is down within a second and a half, and up again
// as fast; meanwhile nobody who asks waits for it.
func TestServersAreAskedBehind(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHealth()
		h.Serve()
		var frozen atomic.Bool
		up := h.Server("postgresql", func(ctx context.Context) error {
			if frozen.Load() {
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		})
		h.Depend("postgresql", UpIf(up))
		h.Mode("kept-answers-only", func() bool { return !up() })
		ctx, stop := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			h.Run(ctx)
		}()
		want := func(state api.State, degraded ...string) {
			t.Helper()
			asked := time.Now()
			report := h.Report()
			if time.Since(asked) != 0 {
				t.Error("a report waits")
			}
			if diff := cmp.Diff(&api.Health{Status: api.Ready, Dependencies: map[string]api.State{"postgresql": state}, Degraded: degraded}, report); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		synctest.Wait()
		want(api.Up)
		frozen.Store(true)
		time.Sleep(lookEvery + lookTimeout)
		synctest.Wait()
		want(api.Down, "kept-answers-only")
		frozen.Store(false)
		time.Sleep(lookEvery)
		synctest.Wait()
		want(api.Up)
		stop()
		<-ended
	})
}

// What is asked and does not answer is no reason to log every second.
func TestServerLogsChanges(t *testing.T) {
	t.Parallel()
	var log strings.Builder
	h := NewHealth(NewMetrics(), slog.New(slog.NewTextHandler(&log, nil)))
	var down error
	h.Server("redis", func(context.Context) error { return down })
	for _, down = range []error{nil, errors.New("refused"), errors.New("refused"), nil, nil} {
		h.look(t.Context())
	}
	if got := strings.Count(log.String(), "\n"); got != 2 || !strings.Contains(log.String(), "refused") {
		t.Errorf("the log is\n%s", log.String())
	}
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	m := NewMetrics()
	h := NewHealth(m, slog.New(slog.DiscardHandler))
	h.Depend("log", func() api.State { return api.Behind })
	server := httptest.NewServer(adminHandler(m, h))
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
			t.Errorf("%s %s: %d %s", c.method, c.path, status, body)
		}
	}
	h.Serve()
	var report api.Health
	if status, body := get("GET", "/readyz"); status != 200 || json.Unmarshal([]byte(body), &report) != nil || report.Status != api.Ready {
		t.Errorf("%d %s", status, body)
	}
}

func TestAdminCloses(t *testing.T) {
	t.Parallel()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	m := NewMetrics()
	a := ServeAdmin(listener, m, NewHealth(m, slog.New(slog.DiscardHandler)), slog.New(slog.DiscardHandler))
	if err := a.Close(); err != nil {
		t.Error(err)
	}
	if conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address); err == nil {
		conn.Close()
		t.Error("somebody listens")
	}
}

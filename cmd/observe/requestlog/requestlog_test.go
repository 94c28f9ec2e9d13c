package requestlog

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"marquee/api"
	"marquee/cache"
	"marquee/cache/timing"
)

func jsonLogger(out io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}))
}

// logged returns a log and its output.
func logged(level slog.Level, slow time.Duration) (*Log, *bytes.Buffer) {
	var out bytes.Buffer
	return New(jsonLogger(&out, level), slow), &out
}

// lines returns the lines of a log.
func lines(t *testing.T, out *bytes.Buffer) []map[string]any {
	t.Helper()
	var all []map[string]any
	for line := range strings.Lines(out.String()) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		all = append(all, fields)
	}
	return all
}

const signed = "/2.0/movies?q=harbour&oauth_signature=mellon"

// event returns the event of a request through the cache.
func event(status int, took time.Duration) cache.Event {
	return cache.Event{
		Result: cache.Missed, Method: http.MethodGet, Route: "/2.0/movies", Status: status, Took: took,
		Request: httptest.NewRequest(http.MethodGet, signed, nil), ID: "id-1",
	}
}

// Faults of the server are logged as errors, slow requests as warnings, all others only
// at level debug.
func TestLevels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status int
		took   time.Duration
		slow   time.Duration
		want   string
	}{
		{200, 999 * time.Millisecond, time.Second, "DEBUG"}, {200, time.Second, time.Second, "WARN"}, {404, time.Minute, time.Second, "WARN"},
		{200, time.Minute, 0, "DEBUG"}, {499, time.Millisecond, time.Second, "DEBUG"}, {500, 0, time.Second, "ERROR"}, {503, time.Minute, time.Second, "ERROR"},
		{0, 0, time.Second, "ERROR"},
	} {
		for _, level := range []slog.Level{slog.LevelDebug, slog.LevelInfo} {
			l, out := logged(level, c.slow)
			l.Cached(event(c.status, c.took))
			l.Answered(api.Event{Method: http.MethodGet, Status: c.status, Took: c.took, Request: event(0, 0).Request, ID: "id-2"})
			got := lines(t, out)
			want := 2
			if c.want == "DEBUG" && level > slog.LevelDebug {
				want = 0
			}
			if len(got) != want {
				t.Errorf("%d after %s, level %s: got %d lines, want %d", c.status, c.took, level, len(got), want)
			}
			for _, line := range got {
				if line["level"] != c.want || line["status"] != float64(c.status) {
					t.Errorf("%d after %s: got the line %v, want level %s", c.status, c.took, line, c.want)
				}
			}
		}
	}
}

// A response of class 5xx that is the caller's fault is not logged.
func TestCallerFaultIsNotLogged(t *testing.T) {
	t.Parallel()
	l, out := logged(slog.LevelInfo, time.Second)
	refused := event(503, time.Millisecond)
	refused.CallerFault = true
	l.Cached(refused)
	l.Answered(api.Event{Method: http.MethodPost, Status: 507, CallerFault: true, Request: refused.Request})
	if out.Len() > 0 {
		t.Errorf("got %s, want no line", out)
	}
}

// A line has the canonical target, or without one the path, and nothing of the query as
// sent.
func TestLine(t *testing.T) {
	t.Parallel()
	l, out := logged(slog.LevelInfo, time.Second)
	cached := event(200, 2*time.Second)
	cached.Target, cached.Bytes = "/2.0/movies?limit=10&q=harbour", 812
	l.Cached(cached)
	l.Answered(api.Event{Method: http.MethodGet, Route: "/2.0/movies", Status: 200, Bytes: 812, Took: 2 * time.Second, Request: cached.Request, ID: "id-1"})
	for i, want := range []map[string]any{{"target": cached.Target, "cache": "miss"}, {"target": "/2.0/movies", "cache": nil}} {
		maps.Copy(want, map[string]any{"msg": "request", "request_id": "id-1", "method": "GET", "route": "/2.0/movies", "status": 200.0, "bytes": 812.0, "duration": 2e9})
		for name, value := range want {
			if line := lines(t, out)[i]; line[name] != value {
				t.Errorf("line %d: got %s %v, want %v", i, name, line[name], value)
			}
		}
	}
	if strings.Contains(out.String(), "mellon") {
		t.Errorf("got %s, want no credentials", out)
	}
}

// A line says where the time went, of the request and of the read that it waited for.
func TestTimesOfLine(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, out := logged(slog.LevelInfo, time.Second)
		own, read := timing.With(t.Context(), "id-1"), timing.With(t.Context(), "id-2")
		timing.From(own).Follow(timing.From(read))
		timing.Begin(own, timing.Flight)
		timing.Begin(read, timing.PostgreSQL)
		time.Sleep(2 * time.Second)
		timing.End(own, timing.Flight)
		e := event(200, 2*time.Second)
		e.ID, e.Request = "", e.Request.WithContext(own)
		l.Cached(e)
		line := lines(t, out)[0]
		if want := (map[string]any{"flight": 2e9}); !reflect.DeepEqual(line["spent"], want) || line["request_id"] != "id-1" {
			t.Errorf("got %v, want %v", line, want)
		}
		if want := (map[string]any{"postgresql": 2e9, "request_id": "id-2"}); !reflect.DeepEqual(line["read"], want) {
			t.Errorf("got %v, want %v", line["read"], want)
		}
	})
}

// A request is logged once, by Cached or by Answered. Background work is not logged.
func TestLoggedOnce(t *testing.T) {
	t.Parallel()
	l, out := logged(slog.LevelDebug, time.Second)
	l.Answered(api.Event{Status: 500, FromCache: true, Request: event(0, 0).Request})
	l.Cached(cache.Event{Result: cache.Refreshed})
	refused := event(0, 0)
	refused.Result = cache.Refused
	l.Cached(refused)
	if out.Len() > 0 {
		t.Errorf("got %s, want no line", out)
	}
}

// The lines of a second, including the causes of failures, are limited. The next line
// has the number of dropped ones.
func TestLimit(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	l := newLog(jsonLogger(&out, slog.LevelInfo), time.Second, &lineLimit{now: func() time.Time { return now }})
	for range maxRequestLines/2 + 25 {
		l.Cached(event(503, 0))
		l.Logger().Error("request failed")
	}
	if got := len(lines(t, &out)); got != maxRequestLines {
		t.Errorf("got %d lines in a second, want %d", got, maxRequestLines)
	}
	now = now.Add(time.Second)
	l.Logger().With("part", "x").Error("request failed")
	l.Cached(event(503, 0))
	got := lines(t, &out)[maxRequestLines:]
	if len(got) != 2 || got[0]["missed_lines"] != 50.0 || got[1]["missed_lines"] != nil {
		t.Errorf("the next second: got %v, want two lines, the first with 50 missed lines", got)
	}
}

// A request that is not logged allocates nothing.
func TestHitDoesNotAllocate(t *testing.T) {
	l, _ := logged(slog.LevelInfo, time.Second) // not parallel: allocations of other tests would count
	hit := event(200, 0)
	if n := testing.AllocsPerRun(100, func() { l.Cached(hit) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

// Only trusted callers choose the id of a request.
func TestDropForeignIDs(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{true, false} {
		var seen string
		h := DropForeignIDs(func(*http.Request) bool { return trusted }, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Get("X-Request-Id") }))
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Request-Id", "abc")
		h.ServeHTTP(httptest.NewRecorder(), r)
		if (seen == "abc") != trusted {
			t.Errorf("trusted %v: got the id %q", trusted, seen)
		}
	}
}

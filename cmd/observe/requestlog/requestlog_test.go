package requestlog

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"marquee/api"
	"marquee/cache"
)

func jsonLogger(out io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{Level: level}))
}

// logged is a log of requests and what it has written.
func logged(level slog.Level, slow time.Duration) (*Log, *bytes.Buffer) {
	var out bytes.Buffer
	return New(jsonLogger(&out, level), slow), &out
}

// lines are what a log has written.
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

// event is what the cache tells of a request.
func event(status int, took time.Duration) cache.Event {
	return cache.Event{
		Result: cache.Missed, Method: http.MethodGet, Route: "/2.0/movies", Status: status, Took: took,
		Request: httptest.NewRequest(http.MethodGet, signed, nil), ID: "id-1",
	}
}

// Failures are always logged, slow requests as such, all others at debug only.
func TestRequestLogLevels(t *testing.T) {
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
				t.Errorf("%d after %s: %d lines at %s, want %d", c.status, c.took, len(got), level, want)
			}
			for _, line := range got {
				if line["level"] != c.want || line["status"] != float64(c.status) {
					t.Errorf("%d after %s is logged as %v", c.status, c.took, line)
				}
			}
		}
	}
}

// What the caller is to blame for is no error, whatever its status.
func TestRequestLogBlamesTheRight(t *testing.T) {
	t.Parallel()
	l, out := logged(slog.LevelInfo, time.Second)
	kept := event(503, time.Millisecond)
	kept.CallerFault = true
	l.Cached(kept)
	l.Answered(api.Event{Method: http.MethodPost, Status: 507, Theirs: true, Request: kept.Request})
	if out.Len() > 0 {
		t.Errorf("logged %s", out)
	}
}

// A line names the request and its path, and nothing of its query.
func TestRequestLogLine(t *testing.T) {
	t.Parallel()
	l, out := logged(slog.LevelInfo, time.Second)
	l.Cached(event(200, 2*time.Second))
	line := lines(t, out)[0]
	for name, want := range map[string]any{
		"msg": "request", "request_id": "id-1", "method": "GET", "route": "/2.0/movies", "path": "/2.0/movies", "status": 200.0, "duration": 2e9, "cache": "miss",
	} {
		if line[name] != want {
			t.Errorf("%s is %v, want %v", name, line[name], want)
		}
	}
	if text := out.String(); strings.Contains(text, "mellon") || strings.Contains(text, "harbour") {
		t.Errorf("the query is in %s", text)
	}
}

// What has come through the cache is logged by what the cache tells, once; work
// behind requests, and who was not admitted, is not logged there.
func TestRequestLogOnce(t *testing.T) {
	t.Parallel()
	l, out := logged(slog.LevelDebug, time.Second)
	l.Answered(api.Event{Status: 500, Kept: true, Request: event(0, 0).Request})
	l.Cached(cache.Event{Result: cache.Refreshed})
	refused := event(0, 0)
	refused.Result = cache.Refused
	l.Cached(refused)
	if out.Len() > 0 {
		t.Errorf("logged %s", out)
	}
}

// In an overload the log is bounded, with the causes of failures, and says how much
// is missing.
func TestRequestLogIsBounded(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	now := time.Unix(1000, 0)
	l := newLog(jsonLogger(&out, slog.LevelInfo), time.Second, &lineLimit{now: func() time.Time { return now }})
	for range maxRequestLines/2 + 25 {
		l.Cached(event(503, 0))
		l.Logger().Error("request failed")
	}
	if got := len(lines(t, &out)); got != maxRequestLines {
		t.Errorf("%d lines in a second, want %d", got, maxRequestLines)
	}
	now = now.Add(time.Second)
	l.Logger().With("part", "x").Error("request failed")
	l.Cached(event(503, 0))
	got := lines(t, &out)[maxRequestLines:]
	if len(got) != 2 || got[0]["missed_lines"] != 50.0 || got[1]["missed_lines"] != nil {
		t.Errorf("the next second has %v", got)
	}
}

// A request that is not logged costs no allocation.
func TestRequestLogCostsHitsNothing(t *testing.T) {
	l, _ := logged(slog.LevelInfo, time.Second) // not parallel: allocations of other tests would count
	hit := event(200, 0)
	if n := testing.AllocsPerRun(100, func() { l.Cached(hit) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// Strangers do not name requests.
func TestDropForeignIDs(t *testing.T) {
	t.Parallel()
	for _, trusted := range []bool{true, false} {
		var seen string
		h := DropForeignIDs(func(*http.Request) bool { return trusted }, http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen = r.Header.Get("X-Request-Id") }))
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("X-Request-Id", "abc")
		h.ServeHTTP(httptest.NewRecorder(), r)
		if (seen == "abc") != trusted {
			t.Errorf("trusted %v: the handler sees %q", trusted, seen)
		}
	}
}

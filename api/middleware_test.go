package api_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"marquee/api"
	"marquee/storage"
)

// failing returns a client of an API whose catalogue fails, and its log. For failures
// other than a timeout, timeout must be longer than a pause of a busy machine.
func failing(t *testing.T, timeout time.Duration, fail func(context.Context) error) (*client, *bytes.Buffer) {
	t.Helper()
	c, m := seeded(t)
	m.fail = fail
	var log bytes.Buffer
	logger := slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	c.handler = api.New(api.Config{Catalogue: m, Logger: logger, QueryTimeout: timeout})
	return c, &log
}

// ask sends a request without the checks of successful answers.
func ask(c *client, target string) *answer {
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, target, nil))
	return &answer{t: c.t, what: target, status: w.Code, header: w.Result().Header, body: w.Body.Bytes()}
}

func TestErrorsOfTheStore(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		fail   func(context.Context) error
		status int
		logged bool
	}{
		"unknown":  {func(context.Context) error { return errors.New("secret table") }, 500, true},
		"internal": {func(context.Context) error { return storage.Errorf(storage.Internal, "secret table") }, 500, true},
		"panic":    {func(context.Context) error { panic("secret table") }, 500, true},
		"unavailable": {func(context.Context) error {
			return &storage.Error{Code: storage.Unavailable, Detail: "try again", Err: errors.New("secret table")}
		}, 503, true},
		"own deadline":        {func(context.Context) error { return fmt.Errorf("secret table: %w", context.DeadlineExceeded) }, 503, true},
		"deadline of the API": {func(ctx context.Context) error { <-ctx.Done(); return errors.New("secret table: canceled") }, 503, true},
		"not found, wrapped":  {func(context.Context) error { return fmt.Errorf("get: %w", storage.Errorf(storage.NotFound, "no such")) }, 404, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			timeout := time.Minute
			if name == "deadline of the API" {
				timeout = time.Millisecond
			}
			client, log := failing(t, timeout, c.fail)
			a := ask(client, "/2.0/movies/1?fields=title")
			p := a.refused(c.status)
			if bytes.Contains(a.body, []byte("secret")) {
				t.Errorf("the answer has the cause: %s", a.body)
			}
			if a.header.Get("Retry-After") != "" {
				t.Error("Retry-After is for rate limits")
			}
			if strings.Contains(log.String(), "secret table") != c.logged || c.logged && strings.Count(log.String(), `"msg":"request failed"`) != 1 {
				t.Errorf("the log is\n%s", log)
			}
			if !strings.Contains(log.String(), p.Meta.RequestID) {
				t.Error("the log does not name the request")
			}
		})
	}
}

func TestClientsThatLeave(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	c, log := failing(t, time.Minute, func(ctx context.Context) error { cancel(); <-ctx.Done(); return ctx.Err() })
	w := httptest.NewRecorder()
	c.handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/2.0/movies", nil).WithContext(ctx))
	if w.Body.Len() != 0 {
		t.Errorf("answered %s", w.Body)
	}
	if strings.Contains(log.String(), `"level":"ERROR"`) || !strings.Contains(log.String(), `"status":499`) {
		t.Errorf("the log is\n%s", log)
	}
}

func TestAbortingHandlersAbort(t *testing.T) {
	t.Parallel()
	c, _ := failing(t, time.Minute, func(context.Context) error { panic(http.ErrAbortHandler) })
	defer func() {
		if err, _ := recover().(error); !errors.Is(err, http.ErrAbortHandler) {
			t.Errorf("recovered %v", err)
		}
	}()
	ask(c, "/2.0/movies")
}

func TestReadiness(t *testing.T) {
	t.Parallel()
	c, log := failing(t, time.Minute, func(context.Context) error { return errors.New("secret table") })
	if a := ask(c, "/readyz"); a.status != 503 || a.at("dependencies", "postgresql") != "down" || bytes.Contains(a.body, []byte("secret")) {
		t.Errorf("got %d %s", a.status, a.body)
	}
	if !strings.Contains(log.String(), "secret table") {
		t.Errorf("the log is\n%s", log)
	}
	health := &api.Health{Status: api.Ready, Dependencies: map[string]api.State{"postgresql": api.Up, "index": api.Lagging}, Degraded: []string{"searches"}}
	c.handler = api.New(api.Config{Catalogue: newMemory(), Logger: quiet(), Health: func(context.Context) *api.Health { return health }})
	for status, code := range map[api.Status]int{api.Ready: 200, api.Starting: 503, api.Draining: 503, api.NotReady: 503} {
		health.Status = status
		want := `{"meta":{},"status":"` + string(status) + `","dependencies":{"index":"behind","postgresql":"up"},"degraded":["searches"]}`
		if a := ask(c, "/readyz"); a.status != code || string(a.body) != want {
			t.Errorf("%d %s, want %d %s", a.status, a.body, code, want)
		}
	}
	// The liveness probe checks no credentials.
	c.get("/livez", "Authorization", "Bearer "+editorToken).want(http.StatusOK)
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	made := regexp.MustCompile(`^[A-Z2-7]{26}$`)
	for given, accepted := range map[string]bool{
		"abc-1._Z": true, strings.Repeat("a", 64): true,
		"": false, strings.Repeat("a", 65): false, "a b": false, "ä": false, "a\"b": false, "a/b": false,
	} {
		got := c.get("/2.0/movies", "X-Request-Id", given).header.Get("X-Request-Id")
		if accepted != (got == given) || !accepted && !made.MatchString(got) {
			t.Errorf("%q became %q", given, got)
		}
	}
}

func TestAccessLog(t *testing.T) {
	t.Parallel()
	c, log := failing(t, time.Minute, nil)
	r := httptest.NewRequest(http.MethodGet, "/2.0/series/1/seasons?fields=title&limit=3", nil)
	r.Header.Set("Authorization", "Bearer "+editorToken)
	a := c.send(r)
	var line map[string]any
	if err := json.Unmarshal(log.Bytes(), &line); err != nil {
		t.Fatalf("%v: %s", err, log)
	}
	for name, want := range map[string]any{
		"msg": "origin request", "method": "GET", "route": "/2.0/series/{serie_id}/seasons", "path": "/2.0/series/1/seasons", "user": "ed",
		"status": float64(200), "bytes": float64(len(a.body)), "request_id": a.header.Get("X-Request-Id"), "level": "DEBUG",
	} {
		if line[name] != want {
			t.Errorf("%s: got %v, want %v", name, line[name], want)
		}
	}
	if strings.Contains(log.String(), editorToken) || strings.Contains(log.String(), "limit") {
		t.Errorf("the log has a secret: %s", log)
	}
}

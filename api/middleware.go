package api

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"strconv"
	"time"

	"marquee/api/problem"
	"marquee/storage/credential"
)

// middleware wraps the router, outermost first. The order matters: everything
// logs the request id; the access log sees the final status, also that of a
// panic; origins are allowed on errors too, or browsers hide them; the path is
// normal before it is routed.
func (a *API) middleware(router http.Handler) http.Handler {
	chain := []func(http.Handler) http.Handler{
		a.identify,
		a.logAccess,
		a.recoverPanic,
		allowOrigins,
		normalPath,
	}
	for i := len(chain) - 1; i >= 0; i-- {
		router = chain[i](router)
	}
	return router
}

// trace gathers what the log says about a request.
type trace struct {
	id       string
	template string
	user     *credential.User
	refusal  string // see Event
	theirs   bool   // see Event
	status   int
	bytes    int
}

type traceKey struct{}

// traceOf returns the request's trace; there is always one.
func traceOf(r *http.Request) *trace {
	if t, ok := r.Context().Value(traceKey{}).(*trace); ok {
		return t
	}
	return &trace{}
}

// requestIDForm is what is taken from a client: it goes into headers and logs.
var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// identify gives the request an id, or keeps the one that a gateway gave it.
func (a *API) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		t := &trace{id: r.Header.Get("X-Request-Id")}
		if !requestIDForm.MatchString(t.id) {
			t.id = rand.Text()
		}
		w.Header().Set("X-Request-Id", t.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), traceKey{}, t)))
	})
}

// statusClientGone is logged for a request whose client left before the
// answer; it is never sent.
const statusClientGone = 499

// logAccess tells of each request, and at the level debug writes a line: who asks
// through a cache is logged there. The query is left out: it may hold signatures.
func (a *API) logAccess(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer a.logRequest(r.Context(), r, time.Now())
		next.ServeHTTP(&recorder{ResponseWriter: w, trace: traceOf(r)}, r)
	})
}

func (a *API) logRequest(ctx context.Context, r *http.Request, start time.Time) {
	t, took := traceOf(r), time.Since(start)
	a.observed(r, t, took)
	if !a.config.Logger.Enabled(ctx, slog.LevelDebug) {
		return
	}
	attrs := []slog.Attr{
		slog.String("request_id", t.id), slog.String("method", r.Method), slog.String("route", t.template),
		slog.String("path", r.URL.Path), slog.Int("status", t.status), slog.Int("bytes", t.bytes),
		slog.Duration("duration", took),
	}
	if t.user != nil {
		attrs = append(attrs, slog.String("user", t.user.Name))
	}
	a.config.Logger.LogAttrs(ctx, slog.LevelDebug, "origin request", attrs...)
}

// recorder notes the status and the size of the answer.
type recorder struct {
	http.ResponseWriter
	trace *trace
}

// WriteHeader notes the status.
func (w *recorder) WriteHeader(status int) {
	w.trace.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write notes the size, and the status where none was written.
func (w *recorder) Write(b []byte) (int, error) {
	if w.trace.status == 0 {
		w.trace.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.trace.bytes += n
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recoverPanic turns a panic into a 500. http.ErrAbortHandler is how a handler
// asks net/http to drop the connection, so it goes on.
func (a *API) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			err, _ := v.(error)
			if errors.Is(err, http.ErrAbortHandler) || traceOf(r).status != 0 {
				panic(v) // the answer has begun: nothing can be put right
			}
			a.fail(w, r, problem.From(fmt.Errorf("panic: %v\n%s", v, debug.Stack())))
		}()
		next.ServeHTTP(w, r)
	})
}

// exposed are the headers that scripts of other origins may read.
const exposed = "Age, Allow, Cache-Status, Catalogue-Version, ETag, Idempotency-Replayed, Link, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id"

// accepted are the request headers that scripts of other origins may send.
const accepted = "Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, Min-Version, Prefer, X-Request-Id"

// allowOrigins lets scripts of every origin read answers. Credentials are
// headers that a script sets itself, never cookies, so this opens nothing. No
// browser shall take an answer for something else than its Content-Type says.
func allowOrigins(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Access-Control-Allow-Origin", "*")
		header.Set("Access-Control-Expose-Headers", exposed)
		header.Set("X-Content-Type-Options", "nosniff")
		next.ServeHTTP(w, r)
	})
}

// preflight answers OPTIONS.
func preflight(w http.ResponseWriter, allow string) {
	header := w.Header()
	header.Set("Allow", allow)
	header.Set("Access-Control-Allow-Methods", allow)
	header.Set("Access-Control-Allow-Headers", accepted)
	header.Set("Access-Control-Max-Age", strconv.Itoa(int(preflightLifetime.Seconds())))
	w.WriteHeader(http.StatusNoContent)
}

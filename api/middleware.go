package api

import (
	"cmp"
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

// middleware wraps the router, outermost first. The order matters. All log lines have
// the request id. The access log sees the final status, also that of a panic. Errors
// allow all origins, or browsers hide them from scripts. A path is in its normal form
// before it is routed.
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

// trace collects the values of a request for the log and for its event.
type trace struct {
	id       string
	template string
	user     *credential.User
	refusal  string // as in Event
	status   int
	bytes    int
	// callerFault is as in Event.
	callerFault bool
	start       time.Time
	// began is the time until a stream began, 0 for another answer.
	began time.Duration
}

// stream notes that the answer is a stream, whose duration says nothing about the server.
func (t *trace) stream() { t.began = time.Since(t.start) }

type traceKey struct{}

// traceOf returns the trace of a request, an unused one outside of the middleware.
func traceOf(r *http.Request) *trace {
	if t, ok := r.Context().Value(traceKey{}).(*trace); ok {
		return t
	}
	return &trace{}
}

// requestIDForm matches the ids that a client may choose. They appear in headers and
// logs.
var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)

// identify gives the request an id, unless a gateway gave it a good one.
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

// statusClientGone is the status of a request whose client left before the answer. It
// is logged, and never sent.
const statusClientGone = 499

// logAccess reports each request to the observer, and logs it at the level debug. The
// cache in front logs the client's requests itself. The line has no query, which may
// contain a signature.
func (a *API) logAccess(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		traceOf(r).start = time.Now()
		defer a.logRequest(r.Context(), r)
		next.ServeHTTP(&recorder{ResponseWriter: w, trace: traceOf(r)}, r)
	})
}

func (a *API) logRequest(ctx context.Context, r *http.Request) {
	t := traceOf(r)
	took := cmp.Or(t.began, time.Since(t.start))
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

// recorder records the status and the size of an answer in the trace.
type recorder struct {
	http.ResponseWriter
	trace *trace
}

// WriteHeader records the status.
func (w *recorder) WriteHeader(status int) {
	w.trace.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Write records the size, and the status 200 if none was written.
func (w *recorder) Write(b []byte) (int, error) {
	if w.trace.status == 0 {
		w.trace.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.trace.bytes += n
	return n, err
}

// Unwrap returns the wrapped writer, for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// recoverPanic answers a panic with 500. It passes http.ErrAbortHandler on, with which a
// handler drops the connection.
func (a *API) recoverPanic(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			err, _ := v.(error)
			if errors.Is(err, http.ErrAbortHandler) || traceOf(r).status != 0 {
				panic(v) // the answer has begun
			}
			a.fail(w, r, problem.From(fmt.Errorf("panic: %v\n%s", v, debug.Stack())))
		}()
		next.ServeHTTP(w, r)
	})
}

// exposed lists the response headers that scripts of other origins may read.
const exposed = "Age, Allow, Cache-Status, Catalogue-Version, ETag, Idempotency-Replayed, Link, Location, Preference-Applied, RateLimit, RateLimit-Policy, Retry-After, WWW-Authenticate, X-Request-Id"

// accepted lists the request headers that scripts of other origins may send.
const accepted = "Authorization, Content-Type, Idempotency-Key, If-Match, If-Modified-Since, If-None-Match, If-Unmodified-Since, Last-Event-ID, Min-Version, Prefer, X-Request-Id"

// allowOrigins lets scripts of every origin read the answers. That is safe, because
// credentials are headers that a script sets itself, never cookies. nosniff makes
// browsers trust the Content-Type.
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

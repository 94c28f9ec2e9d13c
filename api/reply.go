package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"marquee/api/problem"
	"marquee/cache/plan"
)

// reply is an answer. It is complete before its status is written.
type reply struct {
	status int
	header http.Header
	body   []byte
	// stream takes a place for an answer without an end, and returns what writes the body
	// and leaves the place. Nil for all other answers.
	stream func() (write func(w http.ResponseWriter, r *http.Request), err error)
	// write is what stream returned, nil before.
	write func(w http.ResponseWriter, r *http.Request)
}

// begin takes the place of a stream. An action does not take it, because its reply may be a
// trial that nobody gets.
func (rep *reply) begin(r *http.Request) (err error) {
	if rep.stream != nil && r.Method != http.MethodHead {
		rep.write, err = rep.stream()
	}
	return err
}

// send writes an answer. All answers of the API but those of the OAuth flow pass
// here. For a HEAD, only a cache in front gets the body: it may answer a later GET in
// another encoding, and it makes the headers of that encoding.
func send(w http.ResponseWriter, r *http.Request, rep *reply) {
	header := w.Header()
	for name, values := range rep.header {
		header[name] = values
	}
	if rep.body != nil && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	if rep.status != http.StatusNoContent && rep.status != http.StatusNotModified && rep.stream == nil {
		header.Set("Content-Length", strconv.Itoa(len(rep.body)))
	}
	w.WriteHeader(rep.status)
	if wanted := r.Method != http.MethodHead || plan.FromCache(r.Context()); wanted && len(rep.body) > 0 {
		_, _ = w.Write(rep.body) // the client may have left
	}
	if rep.write != nil {
		rep.write(w, r)
	}
}

// explain returns the problem to answer an error with, nil when the client has left.
// A deadline of the store is Unavailable. A refusal comes first: net/http also cancels
// the context of a client that sends its body too slowly, and an empty answer to it
// would be a 200.
func (a *API) explain(ctx context.Context, c *call, err error) *problem.Problem {
	p, known := errors.AsType[*problem.Problem](err)
	switch {
	case known && !p.ServerFault():
		return p
	case errors.Is(ctx.Err(), context.Canceled):
		a.config.Logger.LogAttrs(ctx, slog.LevelDebug, "client left", slog.String("request_id", traceOf(c.r).id), slog.Any("err", err))
		return nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(c.ctx.Err(), context.DeadlineExceeded):
		p := problem.New(problem.Unavailable, "the answer took longer than %s; try again", c.timeout)
		p.Cause = err
		return p
	}
	return problem.From(err)
}

// fail answers with a problem, and logs the cause of a server fault. A nil problem
// means that the client has left.
func (a *API) fail(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	t := traceOf(r)
	if p == nil {
		t.status = statusClientGone
		return
	}
	t.refusal = refusal(p)
	if t.callerFault = !p.ServerFault() && p.Status >= http.StatusInternalServerError; t.callerFault {
		plan.CallerFault(r.Context())
	}
	if p.ServerFault() {
		a.config.Logger.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("request_id", t.id),
			slog.String("method", r.Method), slog.String("route", t.template), slog.Int("status", p.Status), slog.Any("err", p))
	}
	refuse(w, r, p, t.id)
}

// refuse writes a problem.
func refuse(w http.ResponseWriter, r *http.Request, p *problem.Problem, requestID string) {
	rep := &reply{status: p.Status, body: p.Encode(requestID), header: http.Header{
		"Content-Type":  {"application/problem+json"},
		"Cache-Control": {problemLifetime(p, r)},
	}}
	for name, values := range p.Header {
		rep.header[name] = values
	}
	send(w, r, rep)
}

// Unavailable answers requests of which too many wait already. It writes no log line
// for each, because the process is overloaded. It is for cache.Config.
func (a *API) Unavailable() http.Handler {
	return refusing(problem.New(problem.Unavailable, "too many requests are waiting for an answer; try again"))
}

// PreconditionFailed answers reads with a condition that fails. It is for cache.Config.
func (a *API) PreconditionFailed() http.Handler { return refusing(readConditionFailed()) }

// refusing returns a handler for requests of the cache, which has set X-Request-Id.
func refusing(p *problem.Problem) http.Handler {
	return allowOrigins(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refuse(w, r, p, w.Header().Get("X-Request-Id"))
	}))
}

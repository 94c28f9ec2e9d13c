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

// reply is an answer, complete before its status is written.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// send is the one place where answers are written. A cache in front takes the body
// of a HEAD too: a GET may be answered in another form, whose headers it makes.
func (a *API) send(w http.ResponseWriter, r *http.Request, rep *reply) {
	header := w.Header()
	for name, values := range rep.header {
		header[name] = values
	}
	if rep.body != nil && header.Get("Content-Type") == "" {
		header.Set("Content-Type", "application/json")
	}
	if rep.status != http.StatusNoContent && rep.status != http.StatusNotModified {
		header.Set("Content-Length", strconv.Itoa(len(rep.body)))
	}
	w.WriteHeader(rep.status)
	if wanted := r.Method != http.MethodHead || plan.FromCache(r.Context()); wanted && len(rep.body) > 0 {
		_, _ = w.Write(rep.body) // a client that is gone needs no answer
	}
}

// explain turns an error into the problem that the client is told, nil when
// there is no client any more. A deadline is a problem of ours that passes. The
// server takes a client whose body does not come in time for one that left; it
// is told, since nothing written would be a 200.
func (a *API) explain(ctx context.Context, c *call, err error) *problem.Problem {
	p, known := errors.AsType[*problem.Problem](err)
	switch {
	case known && !p.ServerFault():
		return p
	case errors.Is(ctx.Err(), context.Canceled):
		a.config.Logger.LogAttrs(ctx, slog.LevelDebug, "client left", slog.String("request_id", traceOf(c.r).id), slog.Any("err", err))
		return nil
	case errors.Is(err, context.DeadlineExceeded), errors.Is(c.ctx.Err(), context.DeadlineExceeded):
		p := problem.New(problem.Unavailable, "the answer took longer than %s; try again", a.config.QueryTimeout)
		p.Cause = err
		return p
	}
	return problem.From(err)
}

// fail writes a problem and logs the cause of those that are ours. A nil
// problem means that nobody is left to read it.
func (a *API) fail(w http.ResponseWriter, r *http.Request, p *problem.Problem) {
	t := traceOf(r)
	if p == nil {
		t.status = statusClientGone
		return
	}
	t.refusal = refusal(p)
	if t.theirs = !p.ServerFault() && p.Status >= http.StatusInternalServerError; t.theirs {
		plan.CallerFault(r.Context())
	}
	if p.ServerFault() {
		a.config.Logger.LogAttrs(r.Context(), slog.LevelError, "request failed", slog.String("request_id", t.id),
			slog.String("method", r.Method), slog.String("route", t.template), slog.Int("status", p.Status), slog.Any("err", p))
	}
	a.refuse(w, r, p, t.id)
}

// Unavailable answers what is in front of the API and has no answer itself: too
// many wait. It says so without a line in the log for each, which would be one
// more thing to do under load.
func (a *API) Unavailable() http.Handler {
	return allowOrigins(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.refuse(w, r, problem.New(problem.Unavailable, "too many requests are waiting for an answer; try again"), w.Header().Get("X-Request-Id"))
	}))
}

// refuse writes a problem.
func (a *API) refuse(w http.ResponseWriter, r *http.Request, p *problem.Problem, requestID string) {
	rep := &reply{status: p.Status, body: p.Encode(requestID), header: http.Header{
		"Content-Type":  {"application/problem+json"},
		"Cache-Control": {problemLifetime(p, r)},
	}}
	for name, values := range p.Header {
		rep.header[name] = values
	}
	a.send(w, r, rep)
}

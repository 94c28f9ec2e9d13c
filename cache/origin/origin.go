// Package origin asks the handler in front of which the cache stands. It makes the
// requests, records the answers, and bounds how many are under way.
package origin

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime/debug"
	"time"

	"marquee/cache/plan"
	"marquee/cache/response"
)

// Timeout bounds one read of the origin, unless its plan has another bound: twice the
// longest that most reads take at an origin with its own deadlines.
const Timeout = 10 * time.Second

// TimeoutOf returns the bound of a read.
func TimeoutOf(p *plan.Plan) time.Duration { return cmp.Or(p.Timeout, Timeout) }

// ErrAborted reports that the origin ended its answer early.
var ErrAborted = errors.New("the origin aborted its answer")

// Origin is the handler that has the answers. It gets requests without conditions
// and always answers whole and unencoded.
type Origin struct {
	Handler http.Handler
	Logger  *slog.Logger
}

// SharedRequest makes the request whose answer is for every client. It carries
// nothing of the client's request but the id and the address, for the origin's log.
func SharedRequest(ctx context.Context, r *http.Request, target, id string) (*http.Request, error) {
	u, err := url.ParseRequestURI(target)
	if err != nil {
		return nil, fmt.Errorf("canonical target: %w", err)
	}
	return (&http.Request{
		Method: http.MethodGet, URL: u, RequestURI: target, Host: r.Host, RemoteAddr: r.RemoteAddr,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{response.RequestIDHeader: {id}}, Body: http.NoBody,
	}).WithContext(ctx), nil
}

// handledHere are the request headers that the cache acts on itself.
var handledHere = []string{"Accept-Encoding", "If-Match", "If-Modified-Since", "If-None-Match", "If-Range", "If-Unmodified-Since", "Range"}

// OwnRequest makes the request whose answer is for its client only.
func OwnRequest(r *http.Request, id string) *http.Request {
	r = r.Clone(r.Context())
	for _, name := range handledHere {
		r.Header.Del(name)
	}
	r.Header[response.RequestIDHeader] = []string{id}
	return r
}

// Read returns the origin's answer to a shared request, which ends with the
// request's context. A panic of the origin becomes ErrAborted, because several
// clients may wait for the answer.
func (o *Origin) Read(r *http.Request) (p *response.Response, report plan.Report, err error) {
	w := &recorder{header: http.Header{}}
	defer func() {
		if v := recover(); v != nil {
			err = ErrAborted
			if v != http.ErrAbortHandler { //nolint:errorlint // net/http compares the value as well
				o.Logger.Error("the origin panicked", "target", r.RequestURI, "panic", v, "stack", string(debug.Stack()))
			}
		}
	}()
	o.Handler.ServeHTTP(w, r.WithContext(plan.WithReport(r.Context(), &report)))
	late := r.Context().Err()
	switch {
	case w.tooLarge:
		return nil, report, ErrTooLarge
	case late != nil && w.status == 0: // the origin wrote nothing because its time was over
		return nil, report, late
	case !w.whole():
		return nil, report, ErrAborted
	}
	report.Described = report.Described && late == nil // an origin in a hurry may leave things out
	return w.response(), report, nil
}

// Relayed is the origin's answer to the request of one client.
type Relayed struct {
	Response *response.Response // nil for a streamed answer
	// Whole reports that the body is as long as its header says.
	Whole bool
	// Streamed is the status of an answer that was too large to be recorded, and is
	// already written, 0 otherwise. Bytes is the size of its body.
	Streamed, Bytes int
}

// Relay returns the origin's answer to the request of one client, in at most a time.
// It streams an answer that is too large to w; report has then what the origin said by
// the time. The error says that the origin wrote nothing before its time was over or the
// client left. A panic of the origin passes through.
func (o *Origin) Relay(w http.ResponseWriter, r *http.Request, timeout time.Duration, report *plan.Report) (Relayed, error) {
	ctx, cancel := context.WithTimeout(r.Context(), timeout)
	defer cancel()
	var a Relayed
	recorded := &recorder{header: http.Header{}, stream: w}
	o.Handler.ServeHTTP(recorded, r.WithContext(plan.WithReport(ctx, report)))
	late := ctx.Err()
	if recorded.streaming {
		a.Streamed, a.Bytes = recorded.status, recorded.streamed
		return a, nil
	}
	if late != nil && recorded.status == 0 {
		return a, late
	}
	report.Described = report.Described && late == nil // an origin in a hurry may leave things out
	a.Response, a.Whole = recorded.response(), recorded.whole()
	return a, nil
}

package cache

import (
	"net/http"
	"time"

	"marquee/cache/memory"
	"marquee/cache/plan"
	"marquee/cache/response"
	"marquee/cache/timing"
)

// visit is a request on its way through the cache.
type visit struct {
	*Handler
	w     http.ResponseWriter
	r     *http.Request
	plan  *plan.Plan
	id    []string // nil until the request needs one; most hits do not
	start time.Time
	// admitted is true after the rate limits were checked.
	admitted bool
	// callerFault is true when the origin called plan.CallerFault.
	callerFault bool
	// bytes is the size of the body that was written.
	bytes int
}

// measure gathers from now on where the time of the request goes. Hits do without.
func (v *visit) measure() {
	if timing.From(v.r.Context()) == nil {
		v.r = v.r.WithContext(timing.With(v.r.Context(), v.requestID()[0]))
	}
}

// requestID returns the id that the client gave, or a new one.
func (v *visit) requestID() []string {
	if v.id == nil {
		v.id = response.GivenID(v.r)
	}
	if v.id == nil {
		v.id = v.ids.New()
	}
	return v.id
}

// admits checks the rate limits, once for each request. When it returns false the
// request is answered.
func (v *visit) admits() bool {
	if v.admitted {
		return true
	}
	if v.admitted = v.admit(v.w, v.r); !v.admitted {
		v.finish(Refused, 0)
	}
	return v.admitted
}

// serve writes an entry that was stored earlier.
func (v *visit) serve(e *memory.Entry, s response.CacheStatus, result Result) {
	v.id = response.GivenID(v.r)
	v.write(e, response.Reply{Response: e.Response, Status: s, Age: age(e, &s, v.start.UnixNano()), ID: v.id, IDs: v.ids}, result)
}

// age is the Age of an entry with this status, in seconds: the time since it was made
// or last validated (RFC 9111, section 5.1). The check is a validation, so the age of
// a checked and fresh entry is 0.
func age(e *memory.Entry, s *response.CacheStatus, now int64) int64 {
	if s.TTL >= 0 && (s.Detail == "" || s.Detail == response.Shared) {
		return 0
	}
	return e.Age(now)
}

// write writes a reply that is made of an entry. The first answer in an encoding makes
// it, which adds to the entry's weight. The second one shows that the encoding is worth
// publishing.
func (v *visit) write(e *memory.Entry, a response.Reply, result Result) {
	written := v.reply(a, e.Until())
	switch {
	case written.Made:
		v.memory.Weigh(e)
	case result == Hit:
		v.publishEncoding(e, written.Encoding)
	}
	v.finish(result, written.Status)
}

// finish reports the result of the request.
func (v *visit) finish(result Result, status int) {
	id := ""
	if v.id != nil {
		id = v.id[0]
	}
	v.observe(Event{
		Result: result, ID: id, Method: v.r.Method, Route: v.plan.Route, RouteNumber: v.plan.RouteNumber, Target: v.plan.Target,
		Status: status, Bytes: v.bytes, CallerFault: v.callerFault, Took: time.Since(v.start), Request: v.r,
	})
}

// writeOnly writes a response that is not stored.
func (v *visit) writeOnly(p *response.Response, until time.Time, s response.CacheStatus, result Result) {
	written := v.reply(response.Reply{Response: p, Status: s, Age: response.NoAge, ID: v.requestID()}, until)
	v.finish(result, written.Status)
}

// reply writes a reply, or 412 if a condition of the request fails. No other cache may
// use it from until on, unless that is zero.
func (v *visit) reply(a response.Reply, until time.Time) response.Written {
	if !until.IsZero() {
		a.Ends, a.Left = true, until.Sub(v.now())
	}
	written := a.Write(v.w, v.r)
	v.bytes = written.Bytes
	if written.Failed {
		v.refuse(a.Status, v.preconditionFailed)
	}
	return written
}

// refuse lets a handler answer, with the request id and the Cache-Status.
func (v *visit) refuse(s response.CacheStatus, handler http.Handler) {
	header := v.w.Header()
	header[response.RequestIDHeader] = v.requestID()
	header[response.StatusHeader] = []string{s.String()}
	handler.ServeHTTP(v.w, v.r)
}

// noAnswer answers that there is no answer now. Metrics count it; a log line for each
// would add to an overload.
func (v *visit) noAnswer(s response.CacheStatus, err error) {
	v.logger.Debug("no answer from the origin", "request_id", v.requestID()[0], "target", v.plan.Target, "err", err)
	v.refuse(s, v.unavailable)
	v.finish(Overloaded, http.StatusServiceUnavailable)
}

// statusClientLeft is the status of a client that did not wait.
const statusClientLeft = 499

// left ends a request whose client did not wait. A client that has only closed its
// half of the connection reads the status; without one it would get a 200.
func (v *visit) left() {
	v.w.WriteHeader(statusClientLeft)
	v.finish(Left, statusClientLeft)
}

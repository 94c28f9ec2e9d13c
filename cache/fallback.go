package cache

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"sync/atomic"

	"marquee/cache/memory"
	"marquee/cache/plan"
	"marquee/cache/response"
)

// health is what reads show of one source.
type health struct {
	// failing reports that a read got no answer in time, and that none got one since.
	failing atomic.Bool
	// probes are the reads that find out whether the source answers again. One that
	// hangs does not prevent the next.
	probes memory.Pace
}

// failed records a read without an answer.
func (s *health) failed() { s.failing.Store(true) }

// answered records a read with an answer.
func (s *health) answered() {
	if s.failing.Load() { // the store would make every processor fetch the cache line again
		s.failing.Store(false)
	}
}

// down reports whether the source of an entry is down: a read has failed, and the
// change log cannot be read either. A failed read alone may be a query that fails by
// itself, or a lack of slots. While the log can be read, writes may be answered, and
// their clients must not get an older answer.
func (h *Handler) down(e *memory.Entry) bool {
	return h.health[e.Source].failing.Load() && !h.checker.Current()
}

// originFails reports whether no client should wait for the origin to replace an
// entry. After a failed attempt that holds for an untouched entry, and for a touched
// one as long as the change log cannot be read.
func (h *Handler) originFails(e *memory.Entry, untouched bool, now int64) bool {
	return h.down(e) || e.Failing(now) && (untouched || !h.checker.Current())
}

// errSlow reports that a request does not wait for the origin any longer.
var errSlow = errors.New("the origin takes too long")

// insteadOfSlow returns what a request gets when its read takes long: the entry if it
// is untouched, whatever its age; any entry when the change log cannot be read, since
// then the read is going to fail.
func (h *Handler) insteadOfSlow(p *plan.Plan) (o outcome, ok bool) {
	e, now := h.memory.Get(p.Target), h.now().UnixNano()
	switch {
	case e == nil || !e.StaleIfError(now):
		return outcome{}, false
	case !h.checker.Current():
		return outcome{err: errSlow, early: true}, true
	case e.Untouched(h.checker, p.Subject):
		e.MarkSlow(now)
		return outcome{entry: e, found: HitStale, early: true}, true
	}
	return outcome{}, false
}

// deliverFailure answers a request when the origin has failed: with the last good
// answer, else the origin's own, else a 503.
func (h *Handler) deliverFailure(v *visit, m miss, id []string, o *outcome) {
	s := response.CacheStatus{Forward: m.forward}
	if o.response != nil {
		s.ForwardStatus = o.response.Status()
	}
	if e := h.fallback(v.plan.Target, o); e != nil {
		h.serveFallback(v, e, s)
		return
	}
	if o.response != nil {
		status, _ := response.Reply{Response: o.response, Status: s, Age: response.NoAge}.Write(v.w, v.r)
		h.finish(v, m.result, status)
		return
	}
	h.noAnswer(v, id, s, o.err)
}

// fallback returns the last good answer if it may replace that of an origin that has
// just failed or takes too long (stale-if-error), and records the failure.
func (h *Handler) fallback(target string, o *outcome) *memory.Entry {
	e, now := h.memory.Get(target), h.now().UnixNano()
	if e == nil || !e.StaleIfError(now) {
		return nil
	}
	if !o.early {
		e.MarkFailing(now)
	}
	if o.early || o.late() {
		h.health[e.Source].failed()
	}
	return e
}

// serveFallback serves the last good answer.
func (h *Handler) serveFallback(v *visit, e *memory.Entry, s response.CacheStatus) {
	s.HasTTL, s.TTL, s.Detail = true, min(e.TTL(v.start.UnixNano()), -1), response.OriginError
	h.serve(v, e, s, Failed)
}

// noAnswer answers that there is no answer now. Metrics count it; a log line for each
// would add to an overload.
func (h *Handler) noAnswer(v *visit, id []string, s response.CacheStatus, err error) {
	h.logger.Debug("no answer from the origin", "request_id", id[0], "target", v.plan.Target, "err", err)
	header := v.w.Header()
	header[response.RequestIDHeader] = id
	header[response.StatusHeader] = []string{s.String()}
	h.unavailable.ServeHTTP(v.w, v.r)
	h.finish(v, Overloaded, http.StatusServiceUnavailable)
}

// statusClientLeft is the status of a client that did not wait.
const statusClientLeft = 499

// left ends a request whose client did not wait. A client that has only closed its
// half of the connection reads the status; without one it would get a 200.
func (h *Handler) left(v *visit) {
	v.w.WriteHeader(statusClientLeft)
	h.finish(v, Left, statusClientLeft)
}

// unavailable is the default of Config.Unavailable: a problem (RFC 9457).
func unavailable(w http.ResponseWriter, r *http.Request) {
	id := w.Header().Get(response.RequestIDHeader)
	body, err := json.Marshal(map[string]any{
		"meta": map[string]string{"request_id": id}, "type": "/problems/unavailable", "title": "Temporarily unavailable",
		"status": http.StatusServiceUnavailable, "detail": "too many requests wait for an answer; try again",
	})
	if err != nil {
		panic("cache: encode a problem: " + err.Error()) // texts and a number always encode
	}
	header := w.Header()
	header.Set("Content-Type", "application/problem+json")
	header.Set("Cache-Control", "no-store")
	header.Set("Retry-After", "1")
	header.Set(response.LengthHeader, strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusServiceUnavailable)
	if r.Method != http.MethodHead {
		_, _ = w.Write(body) // fails only when the client has left
	}
}

package cache

import (
	"context"
	"errors"
	"net/http"
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
	if s.failing.Load() { // loading is cheaper than storing, which takes the cache line from all processors
		s.failing.Store(false)
	}
}

// down reports whether the source of an entry is down: a read has failed, and the
// change log cannot be read either. A failed read alone may be a query that fails by
// itself, or a lack of slots. While the log can be read, writes may be answered, and
// their clients must not get an older answer.
func (l *loader) down(e *memory.Entry) bool {
	return l.health[e.Source].failing.Load() && !l.checker.Current()
}

// originFails reports whether no client should wait for the origin to replace an
// entry: its source is down, or an attempt has just failed. A touched entry counts as
// failing only while the change log cannot be read.
func (l *loader) originFails(e *memory.Entry, untouched bool, now int64) bool {
	return l.down(e) || e.Failing(now) && (untouched || !l.checker.Current())
}

// errSlow reports that a request does not wait for the origin any longer.
var errSlow = errors.New("the origin takes too long")

// insteadOfSlow returns what a request gets when its read takes long: the entry if it
// is untouched, whatever its age; any entry when the change log cannot be read, since
// then the read is going to fail.
func (l *loader) insteadOfSlow(p *plan.Plan) (o outcome, ok bool) {
	now := l.now().UnixNano()
	e := l.memory.Latest(p.Target, now)
	switch {
	case e == nil || !e.StaleIfError(now):
		return outcome{}, false
	case !l.checker.Current():
		return outcome{err: errSlow, early: true}, true
	case e.Untouched(l.checker, p.Subject):
		e.MarkSlow(now)
		return outcome{entry: e, found: HitStale, early: true}, true
	}
	return outcome{}, false
}

// fallback returns the last good answer if it may replace the origin's, which has just
// failed or takes too long (stale-if-error). It records the failure.
func (l *loader) fallback(target string, o *outcome) *memory.Entry {
	now := l.now().UnixNano()
	e := l.memory.Latest(target, now)
	if e == nil || !e.StaleIfError(now) {
		return nil
	}
	if !o.early {
		e.MarkFailing(now)
	}
	if o.early || o.late() {
		l.health[e.Source].failed()
	}
	return e
}

// late reports whether the origin had no answer in time, or knew that it would not
// have one. The failure of one query does not count, nor does a lack of slots.
func (o *outcome) late() bool {
	if o.response != nil {
		return o.response.Status() == http.StatusServiceUnavailable || o.response.Status() == http.StatusGatewayTimeout
	}
	return errors.Is(o.err, context.DeadlineExceeded)
}

// deliverFailure answers a request when the origin has failed: with the last good
// answer, else the origin's own, else a 503.
func (h *Handler) deliverFailure(v *visit, m miss, o *outcome) {
	s := response.CacheStatus{Forward: m.forward}
	if o.response != nil {
		s.ForwardStatus = o.response.Status()
	}
	if e := h.fallback(v.plan.Target, o); e != nil {
		h.serveFallback(v, e, s)
		return
	}
	if o.response != nil {
		v.writeOnly(o.response, o.until, s, m.result)
		return
	}
	v.noAnswer(s, o.err)
}

// serveFallback serves the last good answer.
func (h *Handler) serveFallback(v *visit, e *memory.Entry, s response.CacheStatus) {
	s.HasTTL, s.TTL, s.Detail = true, min(e.TTL(v.start.UnixNano()), -1), response.OriginError
	v.serve(e, s, Failed)
}

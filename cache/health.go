package cache

import (
	"sync/atomic"
	"time"

	"marquee/cache/plan"
)

// retryAfter is the time between two attempts to read what the origin failed to
// give, unless the first succeeds: an origin that has recovered is noticed within
// it.
const retryAfter = time.Second

// pace lets somebody through once in retryAfter.
type pace struct{ next atomic.Int64 }

// may reports that the caller is the one who goes now.
func (p *pace) may(now int64) bool {
	next := p.next.Load()
	if now < next && next-now <= int64(retryAfter) { // further ahead, the clock was set back
		return false
	}
	return p.next.CompareAndSwap(next, now+int64(retryAfter))
}

// health is what reads have told of the store behind one clock.
type health struct {
	// failing says that a read got no answer in time, and none since got one.
	failing atomic.Bool
	// probes are the reads that find out whether it answers again. One that hangs
	// does not keep the next from being made.
	probes pace
}

// fails notes a read without an answer.
func (s *health) fails() { s.failing.Store(true) }

// answers notes a read with one.
func (s *health) answers() {
	if s.failing.Load() { // a load, which all processors share, for every read
		s.failing.Store(false)
	}
}

// down reports whether the store that an entry was read from is gone: a read has
// failed, and the log cannot be read either. Without the log, no query that fails
// by itself and no crowd makes a store look gone. With it, writes may be answered,
// and whoever has written must not get what was before.
func (h *Handler) down(e *entry) bool {
	return h.health[e.source].failing.Load() && !h.checker.Current()
}

const (
	// slowAfter is how long a request waits for the origin before it makes do with
	// the last good answer: ten times what slow reads take, and as long as the log
	// may go unread before its readers know.
	slowAfter = time.Second
	// slowAgain is the pause between two looks after that.
	slowAgain = slowAfter / 4
)

// instead is what a request may get whose read takes too long: an answer that
// only its time has run out for; any at all when the log cannot be read, since
// then the read is going to fail.
func (h *Handler) instead(p *plan.Plan) (o outcome, ok bool) {
	e, now := h.memory.get(p.Target), h.now().UnixNano()
	switch {
	case e == nil || now >= e.errorUntil:
		return outcome{}, false
	case !h.checker.Current():
		return outcome{err: errSlow, early: true}, true
	case e.untouched(h.checker, p.Subject):
		e.slow(now)
		return outcome{entry: e, found: HitStale, early: true}, true
	}
	return outcome{}, false
}

package memory

import (
	"math"
	"sync/atomic"
	"time"
)

const (
	// forever is an instant that never comes.
	forever = math.MaxInt64
	// latest bounds instants, in nanoseconds of Unix time: lifetimes are added to them. It
	// is in the year 2242.
	latest = math.MaxInt64 - int64(20*365*24*time.Hour)
)

// nanoseconds returns an instant in nanoseconds of Unix time, or what a zero time stands
// for.
func nanoseconds(t time.Time, zero int64) int64 {
	switch {
	case t.IsZero():
		return zero
	case t.After(time.Unix(0, latest)):
		return latest
	case t.Before(time.Unix(0, 0)):
		return 0
	}
	return t.UnixNano()
}

// instant is the reverse of nanoseconds.
func instant(n, zero int64) time.Time {
	if n == zero {
		return time.Time{}
	}
	return time.Unix(0, n)
}

// begin is when the lifetimes begin: when the origin was asked, or when the answer
// became right.
func (e *Entry) begin() int64 { return max(e.made, e.from) }

// Fresh reports whether an untouched entry is served as it is.
func (e *Entry) Fresh(now int64) bool { return now < e.freshUntil && now >= e.from }

// StaleWhileRevalidate reports whether an untouched entry that is not fresh any more
// is served while it is refreshed in the background.
func (e *Entry) StaleWhileRevalidate(now int64) bool {
	return e.StaleIfError(now) && (now < e.staleUntil || now < e.slowUntil.Load())
}

// StaleIfError reports whether the entry may replace the answer of an origin that
// fails.
func (e *Entry) StaleIfError(now int64) bool { return now < e.errorUntil && now >= e.from }

// Ahead reports whether the entry's time is still to come: it is a prepared one.
func (e *Entry) Ahead(now int64) bool { return now < e.from }

// Over reports whether the entry's time is over. It is served nowhere then.
func (e *Entry) Over(now int64) bool { return now >= e.until }

// Until is when the answer stops being right, the zero time if never.
func (e *Entry) Until() time.Time { return instant(e.until, forever) }

// Life is how long the entry may serve at all.
func (e *Entry) Life(now int64) time.Duration { return time.Duration(e.errorUntil - now) }

// Age is the whole seconds since the origin was asked, or since the answer became right.
// It is 0 while the system clock is set back.
func (e *Entry) Age(now int64) int64 { return max(0, now-e.begin()) / int64(time.Second) }

// TTL is the whole seconds for which the entry stays fresh, rounded down: negative as
// soon as it is not.
func (e *Entry) TTL(now int64) int64 {
	left := e.freshUntil - now
	if left < 0 {
		return (left+1)/int64(time.Second) - 1
	}
	return left / int64(time.Second)
}

// RetryAfter is the time between two attempts to read what the origin failed to give,
// unless the first succeeds. A recovered origin is noticed within it.
const RetryAfter = time.Second

// Failing reports whether the origin failed lately to replace the entry.
func (e *Entry) Failing(now int64) bool { return now < e.failingUntil.Load() }

// MarkFailing records that the origin failed. The next attempt is due before the mark
// ends; without one the origin is not taken to fail any more.
func (e *Entry) MarkFailing(now int64) { e.failingUntil.Store(now + int64(2*RetryAfter)) }

// KeepFailing makes a mark last until an attempt that begins now has ended.
func (e *Entry) KeepFailing(now int64, timeout time.Duration) {
	if e.Failing(now) {
		e.failingUntil.Store(now + int64(timeout))
	}
}

// MarkSlow records that the origin takes long. Until the mark ends, no other client
// waits for it while the entry is untouched.
func (e *Entry) MarkSlow(now int64) { e.slowUntil.Store(now + int64(2*RetryAfter)) }

// MayRefresh reports that the caller may try to replace the entry, which one caller
// in RetryAfter may.
func (e *Entry) MayRefresh(now int64) bool { return e.refreshes.May(now) }

// Pace lets one caller pass in RetryAfter. Its zero value is ready to use.
type Pace struct{ next atomic.Int64 }

// May reports whether the caller passes.
func (p *Pace) May(now int64) bool {
	next := p.next.Load()
	if now < next && next-now <= int64(RetryAfter) { // a larger distance means that the clock was set back
		return false
	}
	return p.next.CompareAndSwap(next, now+int64(RetryAfter))
}

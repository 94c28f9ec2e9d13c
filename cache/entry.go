package cache

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"marquee/cache/plan"
)

// entry is a stored response with what is known about its being still so.
type entry struct {
	*response
	target    string
	source    plan.Source
	lifetimes plan.Lifetimes
	made      int64 // when the origin was asked, in nanoseconds of Unix time
	counted   int64 // the place in the log of counts that the origin was at by then
	// The ends of the lifetimes, each with its jitter.
	freshUntil, staleUntil, errorUntil int64

	// asOf is the version up to which nothing has touched the response; it grows
	// with every check.
	asOf atomic.Int64
	// stamp is the checker's stamp at the last check that found the response
	// untouched, touchedAt at the last one that did not. Neither is final: what is
	// not known now may be known in a moment.
	stamp, touchedAt atomic.Uint64
	// generation is that of the aging at the last look which found nothing that the
	// response shows changed; aged says that one did, which is final.
	generation atomic.Uint64
	aged       atomic.Bool
	// failingUntil is set when the origin failed to replace the response: until
	// then nobody waits for it, and one attempt after the other is made behind.
	failingUntil atomic.Int64
	// slowUntil is set when the origin took long: until then an untouched response
	// is served over its time.
	slowUntil atomic.Int64
	// tries are the attempts to replace the response behind requests.
	tries pace
	// sharedAsOf is the version that the shared level has the response at, and
	// sharedAt when it was put there.
	sharedAsOf, sharedAt atomic.Int64
}

// unchecked is a stamp that no checker has, and a generation that no aging has.
const unchecked = math.MaxUint64

// newEntry stores a response that the origin described.
func newEntry(target string, p *response, d plan.Description, made, counted int64) *entry {
	e := &entry{response: p, target: target, source: d.Source, lifetimes: d.Lifetimes, made: made, counted: counted}
	e.freshUntil = made + jittered(d.Lifetimes.Fresh)
	e.staleUntil = e.freshUntil + jittered(d.Lifetimes.WhileRevalidate)
	e.errorUntil = e.staleUntil + jittered(d.Lifetimes.IfError)
	e.asOf.Store(d.AsOf)
	e.sharedAsOf.Store(d.AsOf)
	e.sharedAt.Store(made)
	e.stamp.Store(unchecked)
	e.touchedAt.Store(unchecked)
	e.generation.Store(unchecked)
	return e
}

// jittered varies a lifetime by a tenth either way.
func jittered(d time.Duration) int64 {
	return int64(float64(d) * (0.9 + 0.2*rand.Float64()))
}

// untouched asks the checker, unless nothing has changed since it was asked. The
// stamp is read first: what changes meanwhile asks again.
func (e *entry) untouched(c plan.Checker, subject any) bool {
	stamp := c.Stamp()
	switch stamp {
	case e.stamp.Load():
		return true
	case e.touchedAt.Load():
		return false
	}
	upTo, ok := c.Check(subject, e.source, e.asOf.Load())
	if !ok {
		e.touchedAt.Store(stamp)
		return false
	}
	raise(&e.asOf, upTo)
	e.stamp.Store(stamp)
	return true
}

// raise sets a number that only grows.
func raise(n *atomic.Int64, to int64) {
	for {
		at := n.Load()
		if at >= to || n.CompareAndSwap(at, to) {
			return
		}
	}
}

// age is the whole seconds since the origin was asked. A clock that was set back
// makes it 0.
func (e *entry) age(now int64) int64 { return max(0, now-e.made) / int64(time.Second) }

// ttl is the whole seconds that the response stays fresh, rounded down: it is
// negative as soon as it is not.
func (e *entry) ttl(now int64) int64 {
	left := e.freshUntil - now
	if left < 0 {
		return (left+1)/int64(time.Second) - 1
	}
	return left / int64(time.Second)
}

// failing reports whether the origin has just failed to replace the response.
func (e *entry) failing(now int64) bool { return now < e.failingUntil.Load() }

// fail notes that the origin failed. The next attempt is made, and known to have
// begun, before this is over; so an origin that nobody has asked lately is not
// taken to fail still.
func (e *entry) fail(now int64) { e.failingUntil.Store(now + int64(2*retryAfter)) }

// slow notes that the origin takes long: nobody else waits as long for it, as
// long as nothing has touched the response.
func (e *entry) slow(now int64) { e.slowUntil.Store(now + int64(2*retryAfter)) }

// outlived reports whether an untouched response is served over its time.
func (e *entry) outlived(now int64) bool {
	return now < e.staleUntil || now < e.slowUntil.Load() && now < e.errorUntil
}

// checkedFar versions between what the shared level has and what was checked
// here are a quarter of those that a log's tail holds at least: the copy there
// must not fall below every reader's floor.
const checkedFar = 256

// shareAgain reports that the caller is the one to store the response in the
// shared level once more, with the version up to which it was checked.
func (e *entry) shareAgain(now int64) bool {
	asOf, shared, at := e.asOf.Load(), e.sharedAsOf.Load(), e.sharedAt.Load()
	if asOf-shared <= checkedFar && (asOf == shared || now-at <= int64(e.lifetimes.Fresh/2)) {
		return false
	}
	if !e.sharedAsOf.CompareAndSwap(shared, asOf) {
		return false
	}
	e.sharedAt.Store(now)
	return true
}

// entryOverhead is what an entry takes besides its texts: the structures of
// entry, response and forms, and the memory level's own.
const entryOverhead = 1 << 10

// weight is how many bytes the entry takes in memory, about.
func (e *entry) weight() uint32 {
	return uint32(min(entryOverhead+2*len(e.target)+e.size(), math.MaxUint32))
}

// Package memory is the cache's first level: the entries of this process, with what
// it knows about their freshness, and the plans of request targets.
package memory

import (
	"math"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"marquee/cache/counters"
	"marquee/cache/encoding"
	"marquee/cache/envelope"
	"marquee/cache/plan"
	"marquee/cache/response"
)

// Entry is a stored response, with its lifetimes and the results of its checks. Times
// are in nanoseconds of Unix time.
type Entry struct {
	*response.Response
	// Target is the key, Source the store that the entry was read from.
	Target string
	Source plan.Source

	lifetimes plan.Lifetimes
	made      int64               // when the origin was asked
	positions [plan.Sources]int64 // the flush log's positions that the sources had reached by then
	// from is the instant from which on the answer is right, 0 without one. until is the
	// instant at which it stops being right, or forever.
	from, until int64
	// The ends of the lifetimes, each with its jitter, none after until.
	freshUntil, staleUntil, errorUntil int64
	parts                              []part

	// asOf is the version up to which no change touches the response. It grows with
	// each check.
	asOf atomic.Int64
	// untouchedAt is the checker's stamp at the last check that found the entry
	// untouched, touchedAt at the last one that did not. Neither is final: what the
	// checker does not know now it may know in a moment.
	untouchedAt, touchedAt atomic.Uint64
	// countersAt is the tracker's generation at the last look that found the counters
	// right. outdated is set when they are not, which is final.
	countersAt atomic.Uint64
	outdated   atomic.Bool
	// failingUntil is set when the origin failed to replace the entry: until then no
	// client waits for it, and attempts are made in the background.
	failingUntil atomic.Int64
	// slowUntil is set when the origin took long: until then an untouched entry is
	// served after its time.
	slowUntil atomic.Int64
	refreshes Pace
	// publishedAsOf is the version that the shared level has the entry at, publishedAt
	// when it was published.
	publishedAsOf, publishedAt atomic.Int64
	// publishedEncodings has a bit for each encoding that the shared level has.
	publishedEncodings atomic.Uint32
}

// never is a stamp and a generation that do not occur.
const never = math.MaxUint64

// NewEntry returns the entry with the contents of an envelope. planOf returns the plan of
// a part's target, nil if it has none.
func NewEntry(v *envelope.Envelope, planOf func(target string) *plan.Plan) *Entry {
	d := &v.Description
	e := &Entry{
		Response: v.Response, Target: v.Target, Source: d.Source, lifetimes: d.Lifetimes, made: v.Made, positions: v.Positions,
		from: nanoseconds(d.From, 0), until: nanoseconds(d.Until, forever), parts: newParts(d.Parts, planOf),
	}
	freshUntil := e.begin() + jittered(d.Lifetimes.Fresh)
	staleUntil := freshUntil + jittered(d.Lifetimes.WhileRevalidate)
	errorUntil := staleUntil + jittered(d.Lifetimes.IfError)
	e.freshUntil, e.staleUntil, e.errorUntil = min(freshUntil, e.until), min(staleUntil, e.until), min(errorUntil, e.until)
	e.asOf.Store(d.AsOf)
	e.publishedAsOf.Store(d.AsOf)
	e.publishedAt.Store(v.Made)
	e.untouchedAt.Store(never)
	e.touchedAt.Store(never)
	e.countersAt.Store(never)
	e.publishedEncodings.Store(1 << encoding.Identity)
	return e
}

// FromShared is NewEntry for an envelope that another process published.
func FromShared(v *envelope.Envelope, planOf func(target string) *plan.Plan) *Entry {
	e := NewEntry(v, planOf)
	e.encodingsPublished()
	return e
}

// Envelope returns the entry as it is now, for publishing.
func (e *Entry) Envelope() envelope.Envelope {
	e.encodingsPublished()
	return envelope.Envelope{
		Target: e.Target, Response: e.Response, Made: e.made, Positions: e.positions,
		Description: plan.Description{
			AsOf: e.asOf.Load(), Source: e.Source, Lifetimes: e.lifetimes,
			From: instant(e.from, 0), Until: instant(e.until, forever), Parts: e.partsNow(),
		},
	}
}

// jittered varies a lifetime by a tenth either way.
func jittered(d time.Duration) int64 {
	return int64(float64(d) * (0.9 + 0.2*rand.Float64()))
}

// AsOf is the version up to which no change touches the entry, nor its parts.
func (e *Entry) AsOf() int64 {
	asOf := e.asOf.Load()
	for i := range e.parts {
		asOf = min(asOf, e.parts[i].asOf.Load())
	}
	return asOf
}

// Untouched reports whether no change touches the entry, nor its parts. It asks the
// checker only if something has changed since the last time. It reads the stamp first,
// so a change during the check leads to another check.
func (e *Entry) Untouched(c plan.Checker, subject any) bool {
	stamp := c.Stamp()
	switch stamp {
	case e.untouchedAt.Load():
		return true
	case e.touchedAt.Load():
		return false
	}
	keys := e.Value(surrogateHeader)
	if !untouched(c, subject, e.Source, &e.asOf, keys) || !e.partsUntouched(c, keys) {
		e.touchedAt.Store(stamp)
		return false
	}
	e.untouchedAt.Store(stamp)
	return true
}

// untouched reports whether no change after asOf touches an answer with these keys. If so,
// it raises asOf.
func untouched(c plan.Checker, subject any, source plan.Source, asOf *atomic.Int64, keys string) bool {
	upTo, ok := c.Check(subject, source, asOf.Load(), keys)
	if ok {
		raise(asOf, upTo)
	}
	return ok
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

// OutdatedCounters reports whether counters that the entry shows have changed since
// it was read. A hit compares a number; only a new generation looks up the keys.
func (e *Entry) OutdatedCounters(trackers *[plan.Sources]counters.Tracker) bool {
	generation := uint64(0) // the sum of generations, which only grow
	for source := range trackers {
		if e.shows(plan.Source(source)) {
			generation += trackers[source].Generation()
		}
	}
	if e.outdated.Load() {
		return true
	}
	if e.countersAt.Load() == generation {
		return false
	}
	for source := range trackers {
		if e.shows(plan.Source(source)) && trackers[source].Outdated(e.positions[source], e.Value(surrogateHeader)) {
			e.outdated.Store(true)
			return true
		}
	}
	e.countersAt.Store(generation)
	return false
}

// shows reports whether data of the entry comes from a source.
func (e *Entry) shows(source plan.Source) bool {
	return e.Source == source || len(e.parts) > 0 && e.partsShow(source)
}

// surrogateHeader has the keys of the objects that a response shows.
const surrogateHeader = "Surrogate-Key"

// publishDistance is how many versions an entry's as-of version may be ahead of the
// published one. It is a quarter of the changes that a tail holds at least: the
// published entry must stay within the tails of all processes.
const publishDistance = 256

// PublishAgain reports that the caller must publish the entry again, because its
// as-of version is far from the published one, or has changed and half of its fresh
// time is over.
func (e *Entry) PublishAgain(now int64) bool {
	asOf, published, at := e.asOf.Load(), e.publishedAsOf.Load(), e.publishedAt.Load()
	far := asOf-published > publishDistance
	due := asOf != published && now-at > int64(e.lifetimes.Fresh/2)
	if !far && !due || !e.publishedAsOf.CompareAndSwap(published, asOf) {
		return false
	}
	e.publishedAt.Store(now)
	return true
}

// encodingsPublished records that the shared level has the encodings made so far.
func (e *Entry) encodingsPublished() {
	for as, body := range e.Parts().Encoded {
		if body != nil {
			e.publishedEncodings.Or(1 << as)
		}
	}
}

// PublishEncoding reports that the caller must publish the entry again, because the
// shared level does not have this encoding. One caller does for each encoding.
func (e *Entry) PublishEncoding(as encoding.Encoding) bool {
	bit := uint32(1) << as
	return e.publishedEncodings.Load()&bit == 0 && e.publishedEncodings.Or(bit)&bit == 0
}

// overhead is the memory of an entry besides its texts, in bytes: the structures of
// entry, response and encodings, and those of the level.
const overhead = 1 << 10

// Weight is the memory that the entry takes, in bytes, approximately.
func (e *Entry) Weight() uint32 {
	return uint32(min(overhead+2*len(e.Target)+e.Size()+e.partsSize(), math.MaxUint32))
}

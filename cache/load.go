package cache

import (
	"context"
	"errors"
	"net/http"
	"time"

	"marquee/cache/counters"
	"marquee/cache/encoding"
	"marquee/cache/envelope"
	"marquee/cache/flight"
	"marquee/cache/memory"
	"marquee/cache/origin"
	"marquee/cache/plan"
	"marquee/cache/response"
	"marquee/cache/shared"
)

// loader gets the answers that memory does not have: from the shared level, or from
// the origin under a lease. It knows no clients.
type loader struct {
	plan      func(*http.Request) *plan.Plan
	checker   plan.Checker
	memory    *memory.Level
	shared    *shared.Redis     // nil without a shared level
	publisher *shared.Publisher // nil without a shared level
	origin    origin.Origin
	slots     *origin.Slots
	flights   *flight.Group[outcome]
	counters  [plan.Sources]counters.Tracker
	health    [plan.Sources]health
	observe   func(Event)
	now       func() time.Time
}

// load is one read of the shared level and the origin, for a flight.
type load struct {
	flight  *flight.Flight[outcome]
	plan    *plan.Plan
	request *http.Request // the client's, or one without anything
	id      string
	// instant is when the answer that is prepared becomes right. It is zero for the present
	// answer.
	instant time.Time
	// background reports that no client waits. The load then looks for new counters, and
	// a stored entry with outdated ones is no answer.
	background bool
}

// kind is the kind of entry that a load is for.
func (w *load) kind() shared.Kind {
	if w.instant.IsZero() {
		return shared.Present
	}
	return shared.Prepared
}

// outcome is the result of a flight: an entry, a response that is not stored, or an
// error.
type outcome struct {
	entry *memory.Entry
	// found is how the entry was found if it was stored already. It is Missed for an
	// entry that the origin made.
	found    Result
	response *response.Response
	err      error
	// until is when the response stops being right, zero if never.
	until time.Time
	// refused reports that the request which led the flight was not admitted, so there
	// is nothing else.
	refused bool
	// early reports that the flight is still under way, and that this is what a client
	// gets instead.
	early bool
}

func failedOutcome(err error) outcome { return outcome{err: err} }

// failed reports whether the origin failed, so that an older answer may replace it.
func (o *outcome) failed() bool {
	if o.response != nil {
		return o.response.Status() >= http.StatusInternalServerError
	}
	return o.err != nil && !errors.Is(o.err, origin.ErrTooLarge)
}

// turned reports whether the answer is not right any more, by the clock: it turned while it
// was read, or the clock was set back.
func (o *outcome) turned(now time.Time) bool {
	if o.entry != nil {
		return o.entry.Over(now.UnixNano()) || o.entry.Ahead(now.UnixNano())
	}
	return !o.until.IsZero() && !now.Before(o.until)
}

// servable reports whether an entry can be served as it is.
func (l *loader) servable(e *memory.Entry, p *plan.Plan, now int64) bool {
	return e.Fresh(now) && e.Untouched(l.checker, p.Subject)
}

// outdatedCounters reports whether counters that an entry shows have changed.
func (l *loader) outdatedCounters(e *memory.Entry) bool {
	return e.OutdatedCounters(&l.counters)
}

// findShared returns the entry in the shared level, nil unless it can be served as it
// is, or at the instant that the load is for.
func (l *loader) findShared(ctx context.Context, what *load) *memory.Entry {
	if l.shared == nil {
		return nil
	}
	found, err := l.shared.Get(ctx, what.plan.Target)
	if err != nil {
		l.observe(Event{Result: SharedFailed})
	}
	for _, encoded := range found {
		if e := l.accept(encoded, what); e != nil {
			return e
		}
	}
	return nil
}

// accept stores the entry in an envelope in memory. It returns the entry, nil unless
// it can be served as it is, or at the instant that the load is for. One that cannot may
// still replace the answer of an origin that fails.
func (l *loader) accept(encoded []byte, what *load) *memory.Entry {
	if len(encoded) == 0 {
		return nil
	}
	decoded, err := envelope.Decode(encoded, what.plan.Target)
	if err != nil {
		l.observe(Event{Result: SharedInvalid})
		return nil
	}
	e, now := memory.FromShared(&decoded, l.planOf), l.now()
	at := now
	if what.instant.After(now) {
		at = what.instant
	}
	if l.servable(e, what.plan, at.UnixNano()) && (!what.background || !l.outdatedCounters(e)) {
		l.memory.Set(e, now.UnixNano())
		return e
	}
	l.memory.SetIfAbsent(e, now.UnixNano())
	return nil
}

// load reads the origin, unless another process publishes the answer first. It lands
// the flight.
func (l *loader) load(ctx context.Context, what *load) {
	lease, published := l.acquire(ctx, what)
	if published != nil {
		l.flights.Land(what.flight, outcome{entry: published, found: HitShared})
		l.release(lease)
		return
	}
	o := l.readOrigin(ctx, what)
	if o.entry != nil {
		o.entry.Prepare(what.request)
		l.memory.Set(o.entry, l.now().UnixNano())
		l.health[o.entry.Source].answered()
		l.flights.Land(what.flight, o)
		l.publish(o.entry, lease)
		return
	}
	switch {
	case what.kind() == shared.Prepared: // it says nothing about the present entry
	case o.failed():
		l.fallback(what.plan.Target, &o)
	default: // the answer cannot be stored, and it replaces the stored one
		l.memory.Drop(what.plan.Target)
	}
	l.flights.Land(what.flight, o)
	l.release(lease)
}

// acquire acquires the read lease of the target, unless another process publishes an
// entry. Without a shared level, or when the holder of the lease is too slow, it
// returns neither.
func (l *loader) acquire(ctx context.Context, what *load) (lease *shared.Lease, published *memory.Entry) {
	if l.shared == nil {
		return nil, nil
	}
	lease, err := l.shared.Acquire(ctx, what.plan.Target, what.kind(), func(encoded []byte) bool {
		published = l.accept(encoded, what)
		return published != nil
	})
	if err != nil {
		l.observe(Event{Result: SharedFailed})
	}
	return lease, published
}

// readOrigin reads the answer for all clients.
func (l *loader) readOrigin(ctx context.Context, what *load) outcome {
	if err := l.slots.Acquire(ctx); err != nil {
		return failedOutcome(err)
	}
	defer l.slots.Release()
	if !what.instant.IsZero() {
		ctx = plan.WithInstant(ctx, what.instant)
	}
	r, err := origin.SharedRequest(ctx, what.request, what.plan.Target, what.id)
	if err != nil {
		return failedOutcome(err)
	}
	made, positions := l.now(), l.positions()
	p, report, err := l.origin.Read(r)
	switch {
	case err != nil:
		return failedOutcome(err)
	case report.Described && p.Storable():
		if report.From.IsZero() {
			report.From = what.instant
		}
		return outcome{entry: l.newEntry(what.plan.Target, p, &report, made, positions), found: Missed}
	}
	return outcome{response: p, until: report.Until}
}

// newEntry returns the entry of an answer that the origin described. made is when the
// origin was asked, positions is what positions returned then.
func (l *loader) newEntry(target string, p *response.Response, report *plan.Report, made time.Time, positions [plan.Sources]int64) *memory.Entry {
	return memory.NewEntry(&envelope.Envelope{
		Target: target, Response: p, Description: report.Description, Made: made.UnixNano(), Positions: positions,
	}, l.planOf)
}

// planOf returns the plan of a target that no client has sent, nil if it has none.
func (l *loader) planOf(target string) *plan.Plan {
	if p := l.memory.Plan(target); p != nil {
		return p
	}
	r, err := origin.SharedRequest(context.Background(), new(http.Request), target, "")
	if err != nil {
		return nil
	}
	p := l.plan(r)
	if p != nil {
		l.memory.Remember(target, p)
	}
	return p
}

// positions returns how far each source's flush log was followed.
func (l *loader) positions() (at [plan.Sources]int64) {
	for source := range at {
		at[source] = l.counters[source].Position()
	}
	return at
}

// publish queues an entry for the shared level, with the encodings that it has by then.
// The lease, nil for none, is released after it was written.
func (l *loader) publish(e *memory.Entry, lease *shared.Lease) {
	if l.publisher == nil {
		return
	}
	kind := shared.Present
	if e.Ahead(l.now().UnixNano()) {
		kind = shared.Prepared
	}
	l.publisher.Publish(e.Target, kind, lease, func() ([]byte, time.Duration) {
		v := e.Envelope()
		return v.Encode(), e.Life(l.now().UnixNano())
	})
}

// publishEncoding publishes an entry again after a hit in an encoding that the shared
// level does not have. An entry that is being replaced is not worth it.
func (l *loader) publishEncoding(e *memory.Entry, as encoding.Encoding) {
	if l.publisher != nil && e.PublishEncoding(as) && !l.outdatedCounters(e) {
		l.publish(e, nil)
	}
}

// published observes an outcome of the publisher.
func (l *loader) published(o shared.Outcome) {
	l.observe(Event{Result: publishedResults[o]})
}

var publishedResults = [...]Result{shared.Written: SharedWritten, shared.Failed: SharedFailed, shared.Dropped: SharedDropped}

// release releases a lease, nil for none, when there is nothing to publish.
func (l *loader) release(lease *shared.Lease) {
	if err := lease.Release(context.Background()); err != nil {
		l.observe(Event{Result: SharedFailed})
	}
}

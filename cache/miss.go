package cache

import (
	"context"
	"errors"
	"net/http"
	"time"

	"marquee/cache/envelope"
	"marquee/cache/flight"
	"marquee/cache/memory"
	"marquee/cache/origin"
	"marquee/cache/plan"
	"marquee/cache/response"
	"marquee/cache/shared"
)

// miss says why memory did not answer a request.
type miss struct {
	forward response.Forward
	detail  response.Detail
	result  Result
}

// fetch answers from the shared level or the origin. Concurrent requests for a target
// share one flight (singleflight).
//
// A write may be answered after a flight has read the origin and before it lands, and
// a client that knows of the write may join it. So the answer of a flight that was
// under way already is given only if it passes the check now. Otherwise the request
// takes the next flight, which began after the request came.
func (h *Handler) fetch(v *visit, m miss) {
	id := h.requestID(v)
	for first := true; ; first = false {
		f, leads := h.flights.Join(v.r.Context(), v.plan.Target)
		if leads && !h.lead(v, f, id[0]) {
			return
		}
		o, err := h.flights.Wait(v.r.Context(), f, func() (outcome, bool) { return h.insteadOfSlow(v.plan) })
		switch {
		case err != nil:
			h.left(v)
			return
		case o.refused:
			if !h.admits(v) {
				return
			}
			continue
		case first && !leads && h.mayPredateWrite(&o, v.plan):
			continue
		}
		h.deliver(v, m, id, &o, !leads)
		return
	}
}

// mayPredateWrite reports whether a flight's answer may be older than a write that
// the client knows of: it does not pass the check, or cannot be checked.
func (h *Handler) mayPredateWrite(o *outcome, p *plan.Plan) bool {
	if o.early || o.err != nil || o.failed() {
		return false
	}
	return o.entry == nil || !o.entry.Untouched(h.checker, p.Subject)
}

// load is one read of the origin, for a flight.
type load struct {
	flight  *flight.Flight[outcome]
	plan    *plan.Plan
	request *http.Request // the client's
	id      string
	// background reports that no client waits. The load then looks for new counters, and
	// a stored entry with outdated ones is no answer.
	background bool
}

// lead makes a flight land or start. The answer may be stored by now, in memory or in
// the shared level. Otherwise the request must be admitted before it costs an origin
// read. lead returns false when it was not; the request is answered then.
func (h *Handler) lead(v *visit, f *flight.Flight[outcome], id string) (ok bool) {
	landed := false
	defer func() {
		if !landed { // the request was not admitted, or something panicked
			h.flights.Land(f, outcome{refused: true})
		}
	}()
	l := &load{flight: f, plan: v.plan, request: v.r, id: id}
	if e := h.memory.Get(v.plan.Target); e != nil && h.servable(e, v.plan) {
		landed = true
		h.flights.Land(f, outcome{entry: e, found: Hit})
		return true
	}
	if e := h.findShared(f.Context(), l); e != nil {
		landed = true
		h.flights.Land(f, outcome{entry: e, found: HitShared})
		return true
	}
	if !h.admits(v) {
		return false
	}
	landed = true
	h.flights.Start(f, func(ctx context.Context) { h.load(ctx, l) })
	return true
}

// servable reports whether an entry can be served as it is.
func (h *Handler) servable(e *memory.Entry, p *plan.Plan) bool {
	return e.Fresh(h.now().UnixNano()) && e.Untouched(h.checker, p.Subject)
}

// findShared returns the entry in the shared level, nil unless it can be served as it
// is.
func (h *Handler) findShared(ctx context.Context, l *load) *memory.Entry {
	if h.shared == nil {
		return nil
	}
	encoded, err := h.shared.Get(ctx, l.plan.Target)
	if err != nil {
		h.observe(Event{Result: SharedFailed})
		return nil
	}
	return h.accept(encoded, l)
}

// accept stores the entry in an envelope in memory. It returns the entry, nil unless
// it can be served as it is. One that cannot may still replace the answer of an origin
// that fails.
func (h *Handler) accept(encoded []byte, l *load) *memory.Entry {
	if len(encoded) == 0 {
		return nil
	}
	decoded, err := envelope.Decode(encoded, l.plan.Target)
	if err != nil {
		h.observe(Event{Result: SharedInvalid})
		return nil
	}
	e := memory.FromEnvelope(&decoded)
	if h.servable(e, l.plan) && (!l.background || !h.outdatedCounters(e)) {
		h.memory.Set(e)
		return e
	}
	h.memory.SetIfAbsent(e)
	return nil
}

// load reads the origin, unless another process publishes the answer first. It lands
// the flight.
func (h *Handler) load(ctx context.Context, l *load) {
	lease, published := h.acquire(ctx, l)
	if published != nil {
		h.flights.Land(l.flight, outcome{entry: published, found: HitShared})
		h.release(lease)
		return
	}
	o := h.readOrigin(ctx, l)
	if o.entry != nil {
		h.memory.Set(o.entry)
		h.health[o.entry.Source].answered()
		h.flights.Land(l.flight, o)
		h.publish(o.entry, lease)
		return
	}
	if o.failed() {
		h.fallback(l.plan.Target, &o)
	} else { // the answer cannot be stored, and what was stored is not the answer any more
		h.memory.Drop(l.plan.Target)
	}
	h.flights.Land(l.flight, o)
	h.release(lease)
}

// acquire acquires the read lease of the target, unless another process publishes an
// entry. Without a shared level, or when the holder of the lease is too slow, it
// returns neither.
func (h *Handler) acquire(ctx context.Context, l *load) (lease *shared.Lease, published *memory.Entry) {
	if h.shared == nil {
		return nil, nil
	}
	lease, err := h.shared.Acquire(ctx, l.plan.Target, func(encoded []byte) bool {
		published = h.accept(encoded, l)
		return published != nil
	})
	if err != nil {
		h.observe(Event{Result: SharedFailed})
	}
	return lease, published
}

// readOrigin reads the answer for all clients.
func (h *Handler) readOrigin(ctx context.Context, l *load) outcome {
	if err := h.slots.Acquire(ctx); err != nil {
		return failedOutcome(err)
	}
	defer h.slots.Release()
	r, err := origin.SharedRequest(ctx, l.request, l.plan.Target, l.id)
	if err != nil {
		return failedOutcome(err)
	}
	made, positions := h.now().UnixNano(), h.positions()
	p, report, err := h.origin.Read(r)
	switch {
	case err != nil:
		return failedOutcome(err)
	case report.Described && p.Storable():
		return outcome{entry: memory.NewEntry(l.plan.Target, p, report.Description, made, positions[report.Source]), found: Missed}
	}
	return outcome{response: p}
}

// positions returns how far each source's flush log was followed.
func (h *Handler) positions() (at [plan.Sources]int64) {
	for source := range at {
		at[source] = h.counters[source].Position()
	}
	return at
}

// publish queues an entry for the shared level. The lease, nil for none, is released
// after it was written.
func (h *Handler) publish(e *memory.Entry, lease *shared.Lease) {
	if h.publisher == nil {
		return
	}
	h.publisher.Publish(e.Target, lease, func() ([]byte, time.Duration) {
		if e.EncodeAll() {
			h.memory.Weigh(e)
		}
		v := e.Envelope()
		return v.Encode(), e.Life(h.now().UnixNano())
	})
}

// release releases a lease, nil for none, when there is nothing to publish.
func (h *Handler) release(lease *shared.Lease) {
	if err := lease.Release(context.Background()); err != nil {
		h.observe(Event{Result: SharedFailed})
	}
}

// deliver gives the outcome of a flight to a request that waited for it. collapsed
// reports that another request began the flight.
func (h *Handler) deliver(v *visit, m miss, id []string, o *outcome, collapsed bool) {
	switch {
	case errors.Is(o.err, origin.ErrTooLarge):
		h.tooLarge(v)
		return
	case o.failed():
		h.deliverFailure(v, m, id, o)
		return
	case o.entry != nil && o.found != Missed:
		h.deliverStored(v, id, o)
		return
	}
	result := m.result
	if collapsed {
		result = Collapsed
	}
	s := response.CacheStatus{Forward: m.forward, Detail: m.detail, Collapsed: collapsed, Stored: o.entry != nil}
	if collapsed && !h.checker.Current() { // the flight may have read long before this request came
		s.Detail = response.Unchecked
	}
	if o.entry != nil {
		h.write(v, o.entry, response.Reply{Response: o.entry.Response, Status: s, Age: response.NoAge, ID: id}, result)
		return
	}
	status, _ := response.Reply{Response: o.response, Status: s, Age: response.NoAge}.Write(v.w, v.r)
	h.finish(v, result, status)
}

// deliverStored serves an entry that was stored while the request was on its way.
func (h *Handler) deliverStored(v *visit, id []string, o *outcome) {
	now := h.now().UnixNano()
	s := h.hitStatus(o.entry, now)
	if o.found == HitShared && s.Detail == "" {
		s.Detail = response.Shared
	}
	h.write(v, o.entry, response.Reply{Response: o.entry.Response, Status: s, Age: age(o.entry, &s, now), ID: id}, o.found)
}

// tooLarge streams an answer that cannot be shared, and remembers not to share it.
func (h *Handler) tooLarge(v *visit) {
	h.memory.Drop(v.plan.Target)
	if v.r.RequestURI != "" {
		unstored := *v.plan
		unstored.Store = false
		h.memory.Remember(v.r.RequestURI, &unstored)
	}
	v.admitted = false // the second read costs as much as the first
	h.bypass(v, "")
}

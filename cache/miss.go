package cache

import (
	"context"
	"errors"

	"marquee/cache/flight"
	"marquee/cache/origin"
	"marquee/cache/plan"
	"marquee/cache/response"
	"marquee/cache/timing"
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
//
// The clock may turn an answer while it is read. Such an answer is not given either.
func (h *Handler) fetch(v *visit, m miss) {
	v.measure()
	for attempt := 1; ; attempt++ {
		f, leads := h.flights.Join(v.r.Context(), v.plan.Target, origin.TimeoutOf(v.plan))
		if leads && !h.lead(v, f) {
			return
		}
		o, err := h.wait(v, f, leads)
		switch {
		case err != nil:
			v.left()
			return
		case o.refused:
			if !v.admits() {
				return
			}
			continue
		case attempt == 1 && !leads && h.mayPredateWrite(&o, v.plan):
			continue
		case o.turned(h.now()):
			if attempt < maxAttempts {
				continue
			}
			v.noAnswer(response.CacheStatus{Forward: m.forward, Detail: m.detail}, errOver)
			return
		}
		h.deliver(v, m, &o, !leads)
		return
	}
}

// maxAttempts bounds how often a request reads an answer that turns meanwhile. Turns are
// minutes apart, so more attempts mean that the origin's clock lags.
const maxAttempts = 3

// errOver reports that the time of each answer was over when it came.
var errOver = errors.New("the answers turned while they were read")

// wait waits for the outcome of a flight. A request that did not begin it has the
// flight's times beside its own.
func (h *Handler) wait(v *visit, f *flight.Flight[outcome], leads bool) (outcome, error) {
	ctx, instead := v.r.Context(), func() (outcome, bool) { return h.insteadOfSlow(v.plan) }
	if leads {
		return h.flights.Wait(ctx, f, instead)
	}
	return h.follow(ctx, f, instead)
}

// follow waits for a flight that another request began, until ctx ends.
func (h *Handler) follow(ctx context.Context, f *flight.Flight[outcome], instead func() (outcome, bool)) (outcome, error) {
	timing.From(ctx).Follow(timing.From(f.Context()))
	timing.Begin(ctx, timing.Flight)
	defer timing.End(ctx, timing.Flight)
	return h.flights.Wait(ctx, f, instead)
}

// lead makes a flight land or start. The answer may be stored by now, in memory or in
// the shared level. Otherwise the request must be admitted before it costs an origin
// read. lead returns false when it was not; the request is answered then.
func (h *Handler) lead(v *visit, f *flight.Flight[outcome]) (ok bool) {
	o, land := outcome{refused: true}, true
	defer func() { // also when something panics
		if land {
			h.flights.Land(f, o)
		}
	}()
	what := &load{flight: f, plan: v.plan, request: v.r, id: v.requestID()[0]}
	now := h.now().UnixNano()
	if e := h.memory.Latest(v.plan.Target, now); e != nil && h.servable(e, v.plan, now) {
		o = outcome{entry: e, found: Hit}
		return true
	}
	if e := h.findShared(f.Context(), what); e != nil {
		o = outcome{entry: e, found: HitShared}
		return true
	}
	if !v.admits() {
		return false
	}
	land = false
	h.flights.Start(f, func(ctx context.Context) { h.load(ctx, what) })
	return true
}

// mayPredateWrite reports whether a flight's answer may be older than a write that
// the client knows of: it does not pass the check, or cannot be checked.
func (h *Handler) mayPredateWrite(o *outcome, p *plan.Plan) bool {
	if o.early || o.err != nil || o.failed() {
		return false
	}
	return o.entry == nil || !o.entry.Untouched(h.checker, p.Subject)
}

// deliver gives the outcome of a flight to a request that waited for it. collapsed
// reports that another request began the flight.
func (h *Handler) deliver(v *visit, m miss, o *outcome, collapsed bool) {
	switch {
	case errors.Is(o.err, origin.ErrTooLarge):
		h.tooLarge(v)
		return
	case o.failed():
		h.deliverFailure(v, m, o)
		return
	case o.entry != nil && o.found != Missed:
		h.deliverStored(v, o)
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
	if o.entry == nil {
		v.writeOnly(o.response, o.until, s, result)
		return
	}
	v.write(o.entry, response.Reply{Response: o.entry.Response, Status: s, Age: response.NoAge, ID: v.requestID()}, result)
}

// deliverStored serves an entry that was stored while the request was on its way.
func (h *Handler) deliverStored(v *visit, o *outcome) {
	now := h.now().UnixNano()
	s := h.hitStatus(o.entry, now)
	if o.found == HitShared && s.Detail == "" {
		s.Detail = response.Shared
	}
	v.write(o.entry, response.Reply{Response: o.entry.Response, Status: s, Age: age(o.entry, &s, now), ID: v.requestID()}, o.found)
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

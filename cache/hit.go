package cache

import (
	"context"

	"marquee/cache/memory"
	"marquee/cache/origin"
	"marquee/cache/response"
	"marquee/cache/timing"
)

// read answers from memory if an untouched entry is there, else it fetches the answer.
func (h *Handler) read(v *visit) {
	now := v.start.UnixNano()
	if e := h.memory.Get(v.plan.Target); e != nil && h.servable(e, v.plan, now) {
		h.hit(v, e, now)
		return
	}
	e := h.memory.Latest(v.plan.Target, now)
	if e == nil {
		h.fetch(v, miss{forward: response.Miss, result: Missed})
		return
	}
	untouched := e.Untouched(h.checker, v.plan.Subject)
	switch {
	case untouched && e.Fresh(now): // it was prepared, and has just taken over
		h.hit(v, e, now)
	case e.StaleIfError(now) && h.originFails(e, untouched, now):
		h.refresh(v, e, now)
		h.serveFallback(v, e, response.CacheStatus{})
	case untouched && e.StaleWhileRevalidate(now):
		h.refresh(v, e, now)
		v.serve(e, h.hitStatus(e, now), HitStale)
	case untouched:
		h.fetch(v, miss{forward: response.Stale, result: Expired})
	default:
		h.fetch(v, miss{forward: response.Stale, result: Touched, detail: response.Touched})
	}
}

// hit serves a fresh, untouched entry. If its counters are outdated it is refreshed in
// the background, unless other requests wait for the origin. Otherwise it is published
// again now and then, with the version that it was checked up to.
func (h *Handler) hit(v *visit, e *memory.Entry, now int64) {
	switch {
	case h.outdatedCounters(e):
		if !h.slots.Crowded() {
			h.refresh(v, e, now)
		}
	case h.publisher != nil && e.PublishAgain(now):
		h.publish(e, nil)
	}
	s, result := h.hitStatus(e, now), Hit
	if s.Detail == response.Unchecked {
		result = HitUnchecked
	}
	v.serve(e, s, result)
}

// hitStatus is the Cache-Status of an entry that was stored earlier.
func (h *Handler) hitStatus(e *memory.Entry, now int64) response.CacheStatus {
	s := response.CacheStatus{HasTTL: true, TTL: e.TTL(now)}
	if !h.checker.Current() {
		s.Detail = response.Unchecked
	}
	return s
}

// refresh replaces an entry in the background.
func (h *Handler) refresh(v *visit, e *memory.Entry, now int64) {
	if !h.mayRefresh(e, now) {
		return
	}
	timeout := origin.TimeoutOf(v.plan)
	id := v.requestID()[0]
	f, leads := h.flights.Join(timing.With(v.r.Context(), id), e.Target, timeout) // for requests that wait for the flight
	if !leads {
		return
	}
	e.KeepFailing(now, timeout)
	what := &load{flight: f, plan: v.plan, request: v.r, id: id, background: true}
	h.flights.Start(f, func(ctx context.Context) {
		if h.find(ctx, what) {
			return
		}
		h.load(ctx, what)
		h.observe(Event{Result: Refreshed})
	})
}

// find lands a flight with the entry in the shared level, if it can be served.
func (h *Handler) find(ctx context.Context, what *load) bool {
	e := h.findShared(ctx, what)
	if e != nil {
		h.flights.Land(what.flight, outcome{entry: e, found: HitShared})
	}
	return e != nil
}

// mayRefresh reports whether an entry may be refreshed now. Each is tried once a
// second; when its source is down, one entry a second is tried for all of them.
func (h *Handler) mayRefresh(e *memory.Entry, now int64) bool {
	if !e.MayRefresh(now) || h.flights.Flight(e.Target) != nil {
		return false
	}
	return !h.down(e) || h.health[e.Source].probes.May(now)
}

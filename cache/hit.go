package cache

import (
	"context"

	"marquee/cache/memory"
	"marquee/cache/origin"
	"marquee/cache/response"
)

// read answers from memory if an untouched entry is there, else it fetches the answer.
func (h *Handler) read(v *visit) {
	e := h.memory.Get(v.plan.Target)
	if e == nil {
		h.fetch(v, miss{forward: response.Miss, result: Missed})
		return
	}
	now := v.start.UnixNano()
	untouched := e.Untouched(h.checker, v.plan.Subject)
	switch {
	case untouched && e.Fresh(now):
		h.hit(v, e, now)
	case e.StaleIfError(now) && h.originFails(e, untouched, now):
		h.refresh(v, e, now)
		h.serveFallback(v, e, response.CacheStatus{})
	case untouched && e.StaleWhileRevalidate(now):
		h.refresh(v, e, now)
		h.serve(v, e, h.hitStatus(e, now), HitStale)
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
	h.serve(v, e, s, result)
}

// outdatedCounters reports whether counters that an entry shows have changed.
func (h *Handler) outdatedCounters(e *memory.Entry) bool {
	return e.OutdatedCounters(&h.counters[e.Source])
}

// hitStatus is the Cache-Status of an entry that was stored earlier.
func (h *Handler) hitStatus(e *memory.Entry, now int64) response.CacheStatus {
	s := response.CacheStatus{HasTTL: true, TTL: e.TTL(now)}
	if !h.checker.Current() {
		s.Detail = response.Unchecked
	}
	return s
}

// age is the Age of an entry with this status, in seconds: the time since it was made
// or last validated (RFC 9111, section 5.1). The check is a validation, so the age of
// a checked and fresh entry is 0.
func age(e *memory.Entry, s *response.CacheStatus, now int64) int64 {
	if s.TTL >= 0 && (s.Detail == "" || s.Detail == response.Shared) {
		return 0
	}
	return e.Age(now)
}

// serve writes an entry that was stored earlier.
func (h *Handler) serve(v *visit, e *memory.Entry, s response.CacheStatus, result Result) {
	v.id = response.GivenID(v.r)
	h.write(v, e, response.Reply{Response: e.Response, Status: s, Age: age(e, &s, v.start.UnixNano()), ID: v.id, IDs: h.ids}, result)
}

// write writes a reply that is made of an entry. It updates the entry's weight if an
// encoding had to be made.
func (h *Handler) write(v *visit, e *memory.Entry, a response.Reply, result Result) {
	status, made := a.Write(v.w, v.r)
	if made {
		h.memory.Weigh(e)
	}
	h.finish(v, result, status)
}

// refresh replaces an entry in the background. Each entry is tried once a second; when
// its source is down, one entry a second is tried for all.
func (h *Handler) refresh(v *visit, e *memory.Entry, now int64) {
	if !e.MayRefresh(now) || h.flights.Flying(v.plan.Target) || h.down(e) && !h.health[e.Source].probes.May(now) {
		return
	}
	f, leads := h.flights.Join(v.r.Context(), v.plan.Target)
	if !leads {
		return
	}
	e.KeepFailing(now, origin.Timeout)
	l := &load{flight: f, plan: v.plan, request: v.r, id: h.requestID(v)[0], background: true}
	h.flights.Start(f, func(ctx context.Context) {
		if found := h.findShared(ctx, l); found != nil {
			h.flights.Land(f, outcome{entry: found, found: HitShared})
			return
		}
		h.load(ctx, l)
		h.observe(Event{Result: Refreshed})
	})
}

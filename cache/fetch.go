package cache

import (
	"errors"
)

// miss says why a request was not answered from memory.
type miss struct {
	fwd, detail string
	result      Result
}

// fetch answers from the shared level or the origin, together with all others
// who want the same.
//
// A write may be answered while a flight is in the air that has read before it,
// and then somebody comes who knows of the write. So an answer of a flight that
// was in the air already is given only if it passes the check now; otherwise
// the next flight, which began after the request came, serves.
func (h *Handler) fetch(v *visit, m miss) {
	id := h.ids.of(v)
	admitted := false
	for first := true; ; first = false {
		f, leads := h.flights.join(v.r.Context(), v.plan.Target)
		if leads && !h.lead(v, f, id[0], &admitted) {
			return
		}
		o, err := f.wait(v.r.Context(), func() (outcome, bool) { return h.instead(v.plan) })
		switch {
		case err != nil:
			h.left(v)
			return
		case o.refused:
			if admitted = admitted || h.admit(v.w, v.r); !admitted {
				h.finished(v, Refused, 0)
				return
			}
			continue
		case !o.early && !leads && first && o.err == nil && !o.failed() && (o.entry == nil || !o.entry.untouched(h.checker, v.plan.Subject)):
			continue
		}
		h.deliver(v, m, id, &o, !leads)
		return
	}
}

// lead takes a flight off. Another may have landed between the look into memory
// and this one, or the shared level may have the answer; else the request must be
// admitted to cost a read. False says that it was not.
func (h *Handler) lead(v *visit, f *flight, id string, admitted *bool) bool {
	landed := false
	defer func() {
		if !landed { // refused, or a panic
			h.flights.land(f, outcome{refused: true})
		}
	}()
	if e := h.memory.get(v.plan.Target); e != nil && h.servable(e, v.plan) {
		landed = true
		h.flights.land(f, outcome{entry: e, found: Hit})
		return true
	}
	if e := h.look(f.origin, f, v.plan); e != nil {
		landed = true
		h.flights.land(f, outcome{entry: e, found: HitShared})
		return true
	}
	if *admitted = *admitted || h.admit(v.w, v.r); !*admitted {
		h.finished(v, Refused, 0)
		return false
	}
	landed = true
	h.flights.start(f, func() { h.fly(f, v.plan, v.r, id) })
	return true
}

// refresh replaces an entry behind the request that found it too old, or aged. Of
// a store that is gone, one entry a second is tried.
func (h *Handler) refresh(v *visit, e *entry, now int64) {
	if !e.tries.may(now) || h.flights.flying(v.plan.Target) || h.down(e) && !h.health[e.source].probes.may(now) {
		return
	}
	f, leads := h.flights.join(v.r.Context(), v.plan.Target)
	if !leads {
		return
	}
	if e.failing(now) { // until this attempt has ended
		e.failingUntil.Store(now + int64(originTimeout))
	}
	f.behind = true
	id, plan, r := h.ids.of(v)[0], v.plan, v.r
	h.flights.start(f, func() {
		if found := h.look(f.ctx, f, plan); found != nil {
			h.flights.land(f, outcome{entry: found, found: HitShared})
			return
		}
		h.fly(f, plan, r, id)
		h.observe(Event{Result: Refreshed})
	})
}

// deliver gives the outcome of a flight to a request that waited for it.
func (h *Handler) deliver(v *visit, m miss, id []string, o *outcome, collapsed bool) {
	if errors.Is(o.err, errTooLarge) {
		h.tooLarge(v)
		return
	}
	if o.failed() {
		h.failed(v, m, id, o)
		return
	}
	if o.entry != nil && o.found != Missed {
		h.deliverFound(v, id, o)
		return
	}
	result := m.result
	if collapsed {
		result = Collapsed
	}
	s := status{fwd: m.fwd, detail: m.detail, collapsed: collapsed, stored: o.entry != nil}
	if collapsed && !h.checker.Current() { // it may have been read long before this request came
		s.detail = detailUnchecked
	}
	if o.entry != nil {
		h.write(v, o.entry, reply{response: o.entry.response, status: s, age: notAged, id: id}, result)
		return
	}
	sent, _ := respond(v.w, v.r, reply{response: o.response, status: s, age: notAged})
	h.finished(v, result, sent)
}

// deliverFound gives an entry that was stored by somebody else meanwhile.
func (h *Handler) deliverFound(v *visit, id []string, o *outcome) {
	now := h.now().UnixNano()
	s := h.found(o.entry, now)
	if o.found == HitShared && s.detail == "" {
		s.detail = detailShared
	}
	h.write(v, o.entry, reply{response: o.entry.response, status: s, age: s.age(o.entry, now), id: id}, o.found)
}

// failed lets the last good answer stand in for an origin that fails. Who comes
// after one that has failed does not wait for the origin any more.
func (h *Handler) failed(v *visit, m miss, id []string, o *outcome) {
	s := status{fwd: m.fwd}
	if o.response != nil {
		s.fwdStatus = o.response.status
	}
	if e := h.fallback(v.plan.Target, o); e != nil {
		h.standIn(v, e, s)
		return
	}
	if o.response != nil {
		sent, _ := respond(v.w, v.r, reply{response: o.response, status: s, age: notAged})
		h.finished(v, m.result, sent)
		return
	}
	h.noAnswer(v, id, s, o.err)
}

// fallback is the last good answer, if it may stand in for an origin that has
// just failed, or takes too long.
func (h *Handler) fallback(target string, o *outcome) *entry {
	e, now := h.memory.get(target), h.now().UnixNano()
	if e == nil || now >= e.errorUntil {
		return nil
	}
	if !o.early {
		e.fail(now)
	}
	if o.early || o.late() {
		h.health[e.source].fails()
	}
	return e
}

// tooLarge streams an answer that cannot be shared, and remembers that.
func (h *Handler) tooLarge(v *visit) {
	h.memory.drop(v.plan.Target)
	if v.r.RequestURI != "" {
		passed := *v.plan
		passed.Store = false
		h.memory.remember(v.r.RequestURI, &passed)
	}
	h.bypass(v, "")
}

package cache

import (
	"context"
	"net/http"

	"marquee/cache/plan"
)

// look fetches an entry from the shared level, nil unless it can be served as it
// is. One that cannot may still stand in when the origin fails.
func (h *Handler) look(ctx context.Context, f *flight, p *plan.Plan) *entry {
	if h.shared == nil {
		return nil
	}
	envelope, err := h.shared.get(ctx, p.Target)
	if err != nil {
		h.observe(Event{Result: SharedFailed})
		return nil
	}
	return h.unpack(envelope, f, p)
}

// unpack is the entry in an envelope, nil unless it can be served as it is.
func (h *Handler) unpack(envelope []byte, f *flight, p *plan.Plan) *entry {
	if len(envelope) == 0 {
		return nil
	}
	e, err := decode(envelope, p.Target)
	if err != nil {
		h.observe(Event{Result: SharedInvalid})
		return nil
	}
	if h.servable(e, p) && (!f.behind || !h.aged(e)) {
		h.memory.set(e)
		return e
	}
	h.memory.setIfAbsent(e)
	return nil
}

// servable reports whether an entry can be served as it is.
func (h *Handler) servable(e *entry, p *plan.Plan) bool {
	return h.now().UnixNano() < e.freshUntil && e.untouched(h.checker, p.Subject)
}

// fly reads the origin, unless another process is doing so, and lands.
func (h *Handler) fly(f *flight, p *plan.Plan, r *http.Request, id string) {
	held, other := h.lease(f, p)
	if other != nil {
		h.flights.land(f, outcome{entry: other, found: HitShared})
		h.share(nil, held)
		return
	}
	o := h.readOrigin(f.ctx, p, r, id)
	switch {
	case o.entry != nil:
		h.memory.set(o.entry)
		h.health[o.entry.source].answers()
	case o.failed():
		h.fallback(p.Target, &o)
	default: // whatever was stored, there is no such answer any more
		h.memory.drop(p.Target)
	}
	h.flights.land(f, o)
	h.share(o.entry, held)
}

// lease takes the right to read. Who finds it taken waits for what its holder
// brings, or for the lease; and who gets one finds what another has brought
// meanwhile. Without a shared level, or when its holder is too slow, it returns
// neither.
func (h *Handler) lease(f *flight, p *plan.Plan) (*lease, *entry) {
	if h.shared == nil {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(f.ctx, leaseLife)
	defer cancel()
	for attempts := (claims{}); ; {
		held, envelope, err := h.shared.claim(f.ctx, p.Target)
		if err != nil {
			h.observe(Event{Result: SharedFailed})
			return held, nil
		}
		e := h.unpack(envelope, f, p)
		if held != nil || e != nil || !attempts.again(ctx) {
			return held, e
		}
	}
}

// share puts a new entry into the shared level behind the request, and gives the
// lease back.
func (h *Handler) share(e *entry, l *lease) {
	switch {
	case h.sharing == nil:
	case e == nil:
		h.sharing.release(l)
	default:
		h.sharing.put(shareJob{entry: e, lease: l})
	}
}

// readOrigin asks the origin for everybody.
func (h *Handler) readOrigin(ctx context.Context, p *plan.Plan, r *http.Request, id string) outcome {
	if err := h.gate.enter(ctx); err != nil {
		return outcome{err: err}
	}
	defer h.gate.leave()
	request, err := h.sharedRequest(ctx, r, p.Target, id)
	if err != nil {
		return outcome{err: err}
	}
	asked, counted := h.now().UnixNano(), h.places()
	answer, about, err := h.ask(request)
	switch {
	case err != nil:
		return outcome{err: err}
	case about.Described && answer.storable():
		return made(newEntry(p.Target, answer, about.Description, asked, counted[about.Source]))
	}
	return outcome{response: answer}
}

package cache

import (
	"context"
	"errors"
	"net/http"
	"time"
)

// look fetches an entry from the shared level, nil unless it can be served as it
// is. One that cannot may still stand in when the origin fails.
func (h *Handler) look(ctx context.Context, f *flight, p *Plan) *entry {
	if h.shared == nil {
		return nil
	}
	envelope, err := h.shared.get(ctx, p.Target)
	if err != nil {
		h.observe(Event{Result: SharedFailed})
		return nil
	}
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
func (h *Handler) servable(e *entry, p *Plan) bool {
	return time.Now().UnixNano() < e.freshUntil && e.untouched(h.checker, p.Subject)
}

// fly reads the origin, unless another process is doing so, and lands.
func (h *Handler) fly(f *flight, p *Plan, r *http.Request, id string) {
	held, other := h.lease(f, p)
	if other != nil {
		h.flights.land(f, outcome{entry: other, found: HitShared})
		return
	}
	o := h.readOrigin(f.ctx, p, r, id)
	switch {
	case o.entry != nil:
		h.memory.set(o.entry)
		h.health[o.entry.clock].answers()
	case o.failed():
		h.fallback(p.Target, &o)
	default: // whatever was stored, there is no such answer any more
		h.memory.drop(p.Target)
	}
	h.flights.land(f, o)
	h.share(o.entry, held)
}

// lease takes the right to read, or waits for what its holder brings. Without a
// shared level, or when that fails or is too slow, it returns neither.
func (h *Handler) lease(f *flight, p *Plan) (*lease, *entry) {
	if h.shared == nil {
		return nil, nil
	}
	held, err := h.shared.acquire(f.ctx, p.Target)
	if errors.Is(err, errTaken) {
		return nil, await(f.ctx, func() *entry { return h.look(f.ctx, f, p) })
	}
	if err != nil {
		h.observe(Event{Result: SharedFailed})
	}
	return held, nil
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
func (h *Handler) readOrigin(ctx context.Context, p *Plan, r *http.Request, id string) outcome {
	if err := h.gate.enter(ctx); err != nil {
		return outcome{err: err}
	}
	defer h.gate.leave()
	request, err := h.sharedRequest(ctx, r, p.Target, id)
	if err != nil {
		return outcome{err: err}
	}
	asked := time.Now().UnixNano()
	answer, about, err := h.ask(request)
	switch {
	case err != nil:
		return outcome{err: err}
	case about.ok && answer.storable():
		return made(newEntry(p.Target, answer, about.Description, asked))
	}
	return outcome{response: answer}
}

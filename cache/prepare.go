package cache

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"marquee/cache/origin"
	"marquee/cache/plan"
	"marquee/cache/timing"
)

// errNotStored reports an answer that is not stored: the origin did not describe it, a
// change touched it meanwhile, or there is no room.
var errNotStored = errors.New("the answer is not stored")

// Prepare stores the answer that a target has at an instant, here and in the shared level,
// so that the first request from then on is a hit. An instant that is not ahead means now:
// Prepare then replaces an entry that a change touches, before a client asks for it.
//
// The answer comes from memory, from the shared level, or from the origin, which is asked
// as for a client, in a slot and by one process. Prepare waits for it. A write may touch it
// meanwhile, and it may find no room: Look has the result. The caller bounds how many it
// prepares at a time; see Crowded.
func (h *Handler) Prepare(ctx context.Context, target string, instant time.Time) error {
	p := h.planOf(target)
	if p == nil || !p.Store {
		return fmt.Errorf("prepare %s: %w", target, errNotStored)
	}
	what := load{plan: p, request: new(http.Request), id: h.ids.New()[0]}
	if instant.After(h.now()) {
		what.instant = instant
	}
	ctx = timing.With(ctx, what.id)
	for range maxAttempts { // a flight that is under way may predate a write, or be refused
		if h.Look(target, instant).Servable {
			return nil
		}
		if leads, err := h.join(ctx, what); leads || err != nil {
			return err
		}
	}
	return nil
}

// join begins a flight in the background, or joins the one under way, and waits for it. The
// error says why it has no entry.
func (h *Handler) join(ctx context.Context, what load) (leads bool, err error) {
	f, leads := h.flights.Join(ctx, what.flightKey(), origin.TimeoutOf(what.plan))
	if leads {
		what.flight = f
		h.flights.Start(f, func(ctx context.Context) {
			if !h.find(ctx, &what) {
				h.load(ctx, &what)
			}
		})
	}
	o, err := h.flights.Wait(ctx, f, func() (o outcome, ok bool) { return o, false })
	if err == nil && o.entry == nil && !o.refused {
		err = o.failure()
	}
	if err != nil {
		return leads, fmt.Errorf("prepare %s: %w", what.plan.Target, err)
	}
	return leads, nil
}

// flightKey names the flight of a load: present and prepared answers differ.
func (w *load) flightKey() string {
	if w.instant.IsZero() {
		return w.plan.Target
	}
	return w.instant.UTC().Format(time.RFC3339Nano) + " " + w.plan.Target
}

// failure is the error of an outcome without an entry.
func (o *outcome) failure() error {
	switch {
	case o.err != nil:
		return o.err
	case o.response != nil:
		return fmt.Errorf("%w: the origin answers with status %d", errNotStored, o.response.Status())
	}
	return errNotStored
}

// Look returns what memory has of the answer that a target has at an instant. An instant
// that is not ahead means now. It is cheap. It counts as a use, and checks the answer: one
// that is looked at every now and then stays in memory, and within the change log there,
// here and in the shared level.
func (h *Handler) Look(target string, instant time.Time) (found plan.Stored) {
	p, now := h.planOf(target), h.now().UnixNano()
	if p == nil {
		return found
	}
	at := now
	if !instant.IsZero() {
		at = max(at, instant.UnixNano())
	}
	for _, e := range h.memory.Both(p.Target, now) {
		if e == nil || e.Ahead(at) || e.Over(at) {
			continue
		}
		found = plan.Stored{
			Servable: h.servable(e, p, at), Status: e.Status(), Bytes: e.Length(), Weight: int(e.Weight()), Until: e.Until(), Next: strings.Contains(e.Value("Link"), `rel="next"`),
		}
		if found.Servable {
			if h.publisher != nil && e.PublishAgain(now) {
				h.publish(e, nil)
			}
			return found
		}
	}
	return found
}

// Crowded reports whether more than half of the slots at the origin are taken, so that
// reads without a client should be few.
func (h *Handler) Crowded() bool { return h.slots.Crowded() }

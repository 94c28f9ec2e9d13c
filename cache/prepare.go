package cache

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"marquee/cache/origin"
	"marquee/cache/timing"
)

// ErrCrowded reports that requests need the slots at the origin more than an answer that
// nobody has asked for yet.
var ErrCrowded = errors.New("the origin is crowded")

// errNotStored reports an answer that is not stored: the origin did not describe it, a
// change touched it meanwhile, or there is no room.
var errNotStored = errors.New("the answer is not stored")

// Prepare stores the answer that a target has at an instant, here and in the shared level,
// so that the first request from then on is a hit. An instant that is not ahead means now:
// Prepare then replaces an entry that a change touches, before a client asks for it.
//
// The answer comes from memory, from the shared level, or from the origin, which is asked
// as for a client, in a slot and by one process. Prepare waits for it. It returns
// ErrCrowded without asking if more than half of the slots are taken.
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
	err := errNotStored
	for range maxAttempts { // the first flight may predate a write
		if _, ok := h.Prepared(target, instant); ok {
			return nil
		}
		if h.slots.Crowded() {
			return ErrCrowded
		}
		o, left := h.join(ctx, what)
		if left != nil {
			return fmt.Errorf("prepare %s: %w", target, left)
		}
		err = o.failure()
	}
	return fmt.Errorf("prepare %s: %w", target, err)
}

// join begins a flight in the background, or joins the one under way, and waits for it.
func (h *Handler) join(ctx context.Context, what load) (outcome, error) {
	f, leads := h.flights.Join(ctx, what.flightKey(), origin.TimeoutOf(what.plan))
	if leads {
		what.flight = f
		h.flights.Start(f, func(ctx context.Context) {
			if !h.find(ctx, &what) {
				h.load(ctx, &what)
			}
		})
	}
	return h.flights.Wait(ctx, f, func() (o outcome, ok bool) { return o, false })
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

// Prepared reports whether memory has the answer of a target at an instant, fresh and
// untouched, and the size of its body. An instant in the past means now. It is cheap, and
// checking an entry now and then keeps it within the change log that memory holds.
func (h *Handler) Prepared(target string, instant time.Time) (bytes int, ok bool) {
	p, now := h.planOf(target), h.now()
	if p == nil {
		return 0, false
	}
	if instant.Before(now) {
		instant = now
	}
	for _, e := range h.memory.Both(p.Target, now.UnixNano()) {
		if e == nil || !h.servable(e, p, instant.UnixNano()) {
			continue
		}
		if h.publisher != nil && e.PublishAgain(now.UnixNano()) {
			h.publish(e, nil)
		}
		return e.Length(), true
	}
	return 0, false
}

package origin

import (
	"context"
	"errors"
	"sync/atomic"
	"time"

	"marquee/cache/timing"
)

// ErrOverloaded reports that no slot became free in time.
var ErrOverloaded = errors.New("no slot at the origin is free")

// queueFactor is how many requests may wait for each slot: with reads of 5 ms, the
// last of them waits 80 ms.
const queueFactor = 16

// Slots bound how many requests are at the origin at once, and how many wait for
// that and for how long.
type Slots struct {
	slots   chan struct{}
	waiting atomic.Int64
	timeout time.Duration
	// The numbers of Stats; waited is in nanoseconds.
	waits, waited, refused atomic.Int64
}

// NewSlots returns that many free slots. A request waits for one until the timeout.
func NewSlots(slots int, timeout time.Duration) *Slots {
	return &Slots{slots: make(chan struct{}, slots), timeout: timeout}
}

// Acquire takes a slot; Release returns it. The error is ErrOverloaded when none
// becomes free in time or too many requests wait. Otherwise it is the error of ctx.
func (s *Slots) Acquire(ctx context.Context) error {
	select {
	case s.slots <- struct{}{}:
		return nil
	default:
	}
	defer s.waiting.Add(-1)
	if s.waiting.Add(1) > int64(queueFactor*cap(s.slots)) {
		s.refused.Add(1)
		return ErrOverloaded
	}
	timing.Begin(ctx, timing.Slot)
	defer timing.End(ctx, timing.Slot)
	began := time.Now()
	s.waits.Add(1)
	defer func() { s.waited.Add(int64(time.Since(began))) }()
	patience := time.NewTimer(s.timeout)
	defer patience.Stop()
	select {
	case s.slots <- struct{}{}:
		return nil
	case <-patience.C:
		s.refused.Add(1)
		return ErrOverloaded
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Release returns a slot.
func (s *Slots) Release() { <-s.slots }

// Crowded reports whether more than half of the slots are taken. Reads that no
// client waits for are then put off.
func (s *Slots) Crowded() bool { return 2*len(s.slots) > cap(s.slots) }

// SlotStats are numbers of slots, for metrics.
type SlotStats struct {
	// InUse of Slots are taken, and Queued requests wait for one.
	InUse, Slots, Queued int
	// Waits are the requests that had to wait, Waited the sum of their waits in
	// seconds.
	Waits  int64
	Waited float64
	// Refused requests got no slot in time.
	Refused int64
}

// Stats returns the numbers as they are now.
func (s *Slots) Stats() SlotStats {
	return SlotStats{
		InUse: len(s.slots), Slots: cap(s.slots), Queued: int(s.waiting.Load()),
		Waits: s.waits.Load(), Waited: float64(s.waited.Load()) / 1e9, Refused: s.refused.Load(),
	}
}

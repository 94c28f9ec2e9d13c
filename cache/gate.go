package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// errOverloaded says that the origin had no place in time.
var errOverloaded = errors.New("the origin has no place")

// queueFactor is how many may wait for each place: with reads of 5 ms, the last
// of them waits 80 ms.
const queueFactor = 16

// gate bounds how many requests are at the origin at once, and how many wait
// for that and for how long.
type gate struct {
	places  chan struct{}
	waiting atomic.Int64
	timeout time.Duration
	// What Stats tells: who had to wait and for how many nanoseconds together, and
	// who was turned away.
	waits, waited, refused atomic.Int64
}

func newGate(places int, timeout time.Duration) *gate {
	return &gate{places: make(chan struct{}, places), timeout: timeout}
}

// enter takes a place, which leave gives back. It returns errOverloaded when
// none is free in time, or too many wait, and the context's error.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.places <- struct{}{}:
		return nil
	default:
	}
	defer g.waiting.Add(-1)
	if g.waiting.Add(1) > int64(queueFactor*cap(g.places)) {
		g.refused.Add(1)
		return errOverloaded
	}
	began := time.Now()
	g.waits.Add(1)
	defer func() { g.waited.Add(int64(time.Since(began))) }()
	patience := time.NewTimer(g.timeout)
	defer patience.Stop()
	select {
	case g.places <- struct{}{}:
		return nil
	case <-patience.C:
		g.refused.Add(1)
		return errOverloaded
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (g *gate) leave() { <-g.places }

// crowded reports whether more than half of the places are taken: what nobody
// waits for comes later.
func (g *gate) crowded() bool { return 2*len(g.places) > cap(g.places) }

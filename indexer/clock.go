package indexer

import (
	"context"
	"math/rand/v2"
	"time"
)

// Clock is the time, so that tests need not wait for it.
type Clock interface {
	Now() time.Time
	// After returns a channel that is sent to after d, and how to give it up.
	After(d time.Duration) (<-chan time.Time, func())
}

// System is the machine's clock.
var System Clock = system{}

type system struct{}

// Now is the machine's time.
func (system) Now() time.Time { return time.Now() }

// After is a timer of the machine.
func (system) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// sleep waits for d or the end of ctx.
func (x *Indexer) sleep(ctx context.Context, d time.Duration) {
	wait(ctx, x.Clock, d, nil)
}

// wait returns after d, at the end of ctx, or when wake is sent to.
func wait(ctx context.Context, c Clock, d time.Duration, wake <-chan struct{}) {
	after, stop := c.After(d)
	defer stop()
	select {
	case <-ctx.Done():
	case <-after:
	case <-wake:
	}
}

const (
	// backoffFirst and backoffMost bound the pause after a failure; it doubles.
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 5 * time.Second
)

// backoff gives ever longer pauses, each with jitter, so that processes which
// failed together do not try again together.
type backoff struct{ last time.Duration }

// next is the pause before the next try: between half of the doubled pause and
// all of it.
func (b *backoff) next() time.Duration {
	b.last = min(max(backoffFirst, 2*b.last), backoffMost)
	return b.last/2 + rand.N(b.last/2+1)
}

func (b *backoff) reset() { b.last = 0 }

// Package poll says when to look at a store again: after a pause, at once when a
// notification comes, and after failures less and less often. Notifications only
// make looking fast; whoever depends on what they tell also asks from time to
// time.
package poll

import (
	"context"
	"log/slog"
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

// Wait returns after d, at the end of ctx, or when wake is sent to.
func Wait(ctx context.Context, c Clock, d time.Duration, wake <-chan struct{}) {
	after, stop := c.After(d)
	defer stop()
	select {
	case <-ctx.Done():
	case <-after:
	case <-wake:
	}
}

// Poke makes a channel of capacity one readable.
func Poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // whoever reads it has not yet begun to look
	}
}

const (
	// backoffFirst and backoffMost bound the pause after a failure; it doubles.
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 5 * time.Second
)

// Backoff gives ever longer pauses, each with jitter, so that processes which
// failed together do not try again together. The zero value is ready.
type Backoff struct{ last time.Duration }

// Next is the pause before the next try: between half of the doubled pause and
// all of it.
func (b *Backoff) Next() time.Duration {
	b.last = min(max(backoffFirst, 2*b.last), backoffMost)
	return b.last/2 + rand.N(b.last/2+1)
}

// Reset is called after a success: the next pause is a short one.
func (b *Backoff) Reset() { b.last = 0 }

// Listener hears what a store tells.
type Listener interface {
	// Listen calls notify for every notification, with an empty channel once it has
	// begun to listen, until the connection fails or ctx ends.
	Listen(ctx context.Context, channels []string, notify func(channel, payload string)) error
}

// Listen listens to one channel until ctx ends, however often the connection
// fails. The payload is empty when it has begun to listen: then the caller should
// ask for what it has missed.
func Listen(ctx context.Context, store Listener, c Clock, logger *slog.Logger, channel string, notify func(payload string)) {
	var pause Backoff
	for ctx.Err() == nil {
		err := store.Listen(ctx, []string{channel}, func(_, payload string) {
			pause.Reset()
			notify(payload)
		})
		if ctx.Err() != nil {
			return
		}
		logger.Warn("cut off from notifications; polling until they are back", "channel", channel, "err", err)
		Wait(ctx, c, pause.Next(), nil)
	}
}

// Package poll decides when to read a store again: after a pause, at once after a
// notification, and after failures with growing pauses. Notifications may be lost, so a
// caller must poll too.
package poll

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"time"
)

// Clock is the source of time. Tests replace it.
type Clock interface {
	Now() time.Time
	// After returns a channel that receives after d, and a function that stops it.
	After(d time.Duration) (<-chan time.Time, func())
}

// System is the machine's clock.
var System Clock = system{}

type system struct{}

// Now returns the machine's time.
func (system) Now() time.Time { return time.Now() }

// After starts a timer of the machine.
func (system) After(d time.Duration) (<-chan time.Time, func()) {
	t := time.NewTimer(d)
	return t.C, func() { t.Stop() }
}

// Wait waits for d, for the end of ctx, or for a value in wake.
func Wait(ctx context.Context, c Clock, d time.Duration, wake <-chan struct{}) {
	after, stop := c.After(d)
	defer stop()
	select {
	case <-ctx.Done():
	case <-after:
	case <-wake:
	}
}

// Poke sends to a channel of capacity one unless it is full.
func Poke(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default: // the reader has not taken the last value yet
	}
}

const (
	// backoffFirst and backoffMost bound the pause after a failure, which doubles each time.
	backoffFirst = 100 * time.Millisecond
	backoffMost  = 5 * time.Second
)

// Backoff returns growing pauses with jitter, so that processes which failed together do
// not retry together. The zero value is ready for use.
type Backoff struct{ last time.Duration }

// Next returns the pause before the next retry: the last one doubled, less a random part
// of up to a half.
func (b *Backoff) Next() time.Duration {
	b.last = min(max(backoffFirst, 2*b.last), backoffMost)
	return b.last/2 + rand.N(b.last/2+1)
}

// Reset starts again with the shortest pause. Call it after a success.
func (b *Backoff) Reset() { b.last = 0 }

// Listener receives the notifications of a store.
type Listener interface {
	// Listen calls notify for every notification until the connection fails or ctx ends.
	// The first call has an empty channel: it says that listening has begun.
	Listen(ctx context.Context, channels []string, notify func(channel, payload string)) error
}

// Listen listens to one channel until ctx ends, and reconnects after failures. An empty
// payload says that listening has begun: the caller should poll for notifications that
// it missed.
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
		logger.Warn("notifications interrupted; polling until they are back", "channel", channel, "err", err)
		Wait(ctx, c, pause.Next(), nil)
	}
}

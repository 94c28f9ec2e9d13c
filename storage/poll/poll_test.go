package poll_test

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"marquee/storage/poll"
)

func TestPausesDoubleUpToABoundAndStartAgainAfterReset(t *testing.T) {
	t.Parallel()
	var b poll.Backoff
	most := 100 * time.Millisecond
	for range 20 {
		if d := b.Next(); d < 50*time.Millisecond || d > most {
			t.Errorf("got a pause of %v, want 50ms to %v", d, most)
		}
		most = min(2*most, 5*time.Second)
	}
	b.Reset()
	if d := b.Next(); d > 100*time.Millisecond {
		t.Errorf("after Reset: got a pause of %v, want at most 100ms", d)
	}
}

func TestWaitEndsWithThePauseAWakeOrTheContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		poll.Wait(t.Context(), poll.System, time.Minute, nil)
		if time.Since(began) != time.Minute {
			t.Errorf("without a wake: waited for %v, want 1m0s", time.Since(began))
		}
		wake := make(chan struct{}, 1)
		poll.Poke(wake)
		poll.Poke(wake) // the second has no effect
		poll.Wait(t.Context(), poll.System, time.Minute, wake)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		poll.Wait(ended, poll.System, time.Minute, wake)
		if time.Since(began) != time.Minute {
			t.Error("Wait did not return at once after a wake or the end of the context")
		}
	})
}

// flaky is a listener whose connection fails after each notification.
type flaky struct{ payloads []string }

func (f *flaky) Listen(ctx context.Context, channels []string, notify func(channel, payload string)) error {
	if !slices.Equal(channels, []string{"news"}) {
		return errors.New("another channel")
	}
	notify("", "")
	if len(f.payloads) == 0 {
		<-ctx.Done()
		return ctx.Err()
	}
	notify("news", f.payloads[0])
	f.payloads = f.payloads[1:]
	return errors.New("cut")
}

func TestListenReconnectsAndReportsEachBegin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var got []string
		poll.Listen(ctx, &flaky{payloads: []string{"1", "2"}}, poll.System, slog.New(slog.DiscardHandler), "news",
			func(payload string) { got = append(got, payload) })
		if want := []string{"", "1", "", "2", ""}; !slices.Equal(got, want) {
			t.Errorf("got the payloads %q, want %q", got, want)
		}
	})
}

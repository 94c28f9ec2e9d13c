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

// Pauses double up to a bound, with jitter, and begin anew after a success.
func TestBackoff(t *testing.T) {
	t.Parallel()
	var b poll.Backoff
	most := 100 * time.Millisecond
	for range 20 {
		if d := b.Next(); d < 50*time.Millisecond || d > most {
			t.Errorf("a pause of %v, at most %v was due", d, most)
		}
		most = min(2*most, 5*time.Second)
	}
	b.Reset()
	if d := b.Next(); d > 100*time.Millisecond {
		t.Errorf("a pause of %v after a success", d)
	}
}

func TestWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		poll.Wait(t.Context(), poll.System, time.Minute, nil)
		if time.Since(began) != time.Minute {
			t.Errorf("waited for %v", time.Since(began))
		}
		wake := make(chan struct{}, 1)
		poll.Poke(wake)
		poll.Poke(wake) // as good as one
		poll.Wait(t.Context(), poll.System, time.Minute, wake)
		ended, cancel := context.WithCancel(t.Context())
		cancel()
		poll.Wait(ended, poll.System, time.Minute, wake)
		if time.Since(began) != time.Minute {
			t.Error("waited in spite of a wake, or of the end")
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

// A connection that fails is replaced, and its successor announces itself.
func TestListen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var got []string
		poll.Listen(ctx, &flaky{payloads: []string{"1", "2"}}, poll.System, slog.New(slog.DiscardHandler), "news",
			func(payload string) { got = append(got, payload) })
		if want := []string{"", "1", "", "2", ""}; !slices.Equal(got, want) {
			t.Errorf("heard %q, want %q", got, want)
		}
	})
}

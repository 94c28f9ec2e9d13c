package metric

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"marquee/storage/postgres"
)

// The backlog is counted every 15 s, and keeps its value while the database fails.
func TestBacklog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked, fails := 0, false
		b := NewBacklog(func(context.Context) (postgres.Backlog, error) {
			asked++
			if fails {
				return postgres.Backlog{}, errors.New("gone")
			}
			return postgres.Backlog{DeadLetters: int64(asked), Unflushed: 7}, nil
		}, slog.New(slog.DiscardHandler))
		m := New()
		m.Backlog(b)
		for range 20 { // at 0 s and 15 s
			b.Look(t.Context())
			time.Sleep(time.Second)
		}
		fails = true
		time.Sleep(backlogEvery)
		b.Look(t.Context())
		if asked != 3 || series(t, m, "dead_letters")[""] != 2 || series(t, m, "counts_waiting")[""] != 7 {
			t.Errorf("got %d counts with %v, %v; want 3 with 2, 7", asked, series(t, m, "dead_letters"), series(t, m, "counts_waiting"))
		}
	})
}

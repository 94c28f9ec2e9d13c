package origin

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestSlotStats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewSlots(1, time.Second)
		want := func(want SlotStats) {
			t.Helper()
			if want.Slots = 1; s.Stats() != want {
				t.Errorf("%+v, want %+v", s.Stats(), want)
			}
		}
		want(SlotStats{})
		if err := s.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(SlotStats{InUse: 1})
		refused := make(chan error)
		go func() { refused <- s.Acquire(t.Context()) }()
		synctest.Wait()
		want(SlotStats{InUse: 1, Queued: 1, Waits: 1})
		if err := <-refused; !errors.Is(err, ErrOverloaded) {
			t.Error(err)
		}
		want(SlotStats{InUse: 1, Waits: 1, Waited: 1, Refused: 1})
		s.Release()
		want(SlotStats{Waits: 1, Waited: 1, Refused: 1})
	})
}

func TestQueueForSlotsIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := NewSlots(1, time.Hour)
		if err := s.Acquire(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, leave := context.WithCancel(t.Context())
		var waiting sync.WaitGroup
		for range queueFactor {
			waiting.Go(func() {
				if err := s.Acquire(ctx); !errors.Is(err, context.Canceled) {
					t.Errorf("waiting ended with %v", err)
				}
			})
		}
		synctest.Wait()
		if err := s.Acquire(ctx); !errors.Is(err, ErrOverloaded) {
			t.Errorf("one more: %v", err)
		}
		leave()
		waiting.Wait()
		s.Release()
		if err := s.Acquire(t.Context()); err != nil {
			t.Errorf("afterwards: %v", err)
		}
	})
}

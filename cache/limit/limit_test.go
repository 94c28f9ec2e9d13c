package limit_test

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"marquee/cache/limit"
	"marquee/cache/rate"
	"marquee/deploy/devstack"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// hourly refills so slowly that a test is allowed no more than the burst.
var hourly = rate.Limit{Units: 1000, Burst: 1000, Period: time.Hour}

// hammer calls ask in several goroutines until each was refused several times. It
// returns how often ask allowed.
func hammer(ask func() rate.Decision) int {
	const goroutines, refusals = 8, 20
	var allowed atomic.Int64
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			for refused := 0; refused < refusals; {
				if ask().Allowed {
					allowed.Add(1)
				} else {
					refused++
				}
			}
		})
	}
	all.Wait()
	return int(allowed.Load())
}

func TestMemoryConcurrent(t *testing.T) {
	t.Parallel()
	l := limit.New(limit.Config{Now: newClock().Now})
	allowed := hammer(func() rate.Decision { return l.Allow(t.Context(), "k", hourly, 1) })
	if allowed != hourly.Burst {
		t.Errorf("got %d allowed, want %d", allowed, hourly.Burst)
	}
	d := l.Allow(t.Context(), "k", hourly, 1)
	want := rate.Decision{RetryAfter: 3600 * time.Millisecond, ResetAfter: time.Hour}
	if d != want {
		t.Errorf("got %+v, want %+v", d, want)
	}
	if !l.Allow(t.Context(), "other", hourly, 1).Allowed {
		t.Error("another key is refused")
	}
}

// Costs and limits outside their bounds count as the nearest bound, with Redis and
// without.
func TestBounds(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		rate rate.Limit
		cost int
		want rate.Decision
	}{
		{"above the burst", rate.Limit{Units: 1, Burst: 5, Period: time.Hour}, 9, rate.Decision{Allowed: true, ResetAfter: 5 * time.Hour}},
		{"no cost", rate.Limit{Units: 1, Burst: 5, Period: time.Hour}, 0, rate.Decision{Allowed: true, Remaining: 4, ResetAfter: time.Hour}},
		{"negative cost", rate.Limit{Units: 1, Burst: 5, Period: time.Hour}, -1, rate.Decision{Allowed: true, Remaining: 4, ResetAfter: time.Hour}},
		{"no rate", rate.Limit{}, 1, rate.Decision{Allowed: true, ResetAfter: time.Second}},
		{"negative rate", rate.Limit{Units: -1, Burst: -1, Period: -1}, 1, rate.Decision{Allowed: true, ResetAfter: time.Second}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := limit.New(limit.Config{Now: newClock().Now}).Allow(t.Context(), "k", test.rate, test.cost); got != test.want {
				t.Errorf("memory: got %+v, want %+v", got, test.want)
			}
			got := limit.New(patient(t, devstack.Redis(t))).Allow(t.Context(), "k", test.rate, test.cost)
			got.ResetAfter = got.ResetAfter.Round(time.Millisecond) // Redis counts in larger steps
			if got != test.want {
				t.Errorf("Redis: got %+v, want %+v", got, test.want)
			}
		})
	}
}

// A request whose client has left counts. It is not a failure of Redis.
func TestClientGone(t *testing.T) {
	t.Parallel()
	l := limit.New(patient(t, devstack.Redis(t)))
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	for left := range 10 {
		d := l.Allow(gone, "k", rate.Limit{Units: 1, Burst: 10, Period: time.Hour}, 1)
		if !d.Allowed || d.Degraded || d.Remaining != 9-left {
			t.Fatalf("request %d: got %+v, want allowed with %d remaining", left, d, 9-left)
		}
	}
}

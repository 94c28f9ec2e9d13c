package limit_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"marquee/cache/limit"
	"marquee/cache/rate"
)

// clock is a time that tests move.
type clock struct{ now time.Time }

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time { return c.now }

func (c *clock) advance(d time.Duration) { c.now = c.now.Add(d) }

func rates() *rapid.Generator[rate.Limit] {
	return rapid.Custom(func(t *rapid.T) rate.Limit {
		return rate.Limit{
			Units:  rapid.IntRange(1, 1000).Draw(t, "limit"),
			Burst:  rapid.IntRange(1, 50).Draw(t, "burst"),
			Period: time.Duration(rapid.IntRange(1, 3600).Draw(t, "period")) * time.Second,
		}
	})
}

// spent is a cost that was allowed, with its time.
type spent struct {
	at   time.Time
	cost int
}

// tolerance is the error of spans, in units. They are whole nanoseconds, and at most
// 1e-6 units come back in a nanosecond.
const tolerance = 1e-3

// In every window, the limiter allows at most the burst and the units that come back in
// it. It refuses nothing that a token bucket would allow.
func TestBucket(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		c := newClock()
		l := limit.New(limit.Config{Now: c.Now})
		r := rates().Draw(t, "rate")
		perSecond := float64(r.Units) / r.Period.Seconds()
		tokens := float64(r.Burst)
		var history []spent
		for range rapid.IntRange(1, 60).Draw(t, "requests") {
			pause := time.Duration(rapid.Int64Range(0, int64(2*r.Period)/int64(r.Units)*3).Draw(t, "pause"))
			c.advance(pause)
			tokens = min(tokens+pause.Seconds()*perSecond, float64(r.Burst))
			cost := rapid.IntRange(1, r.Burst).Draw(t, "cost")
			d := l.Allow(t.Context(), "k", r, cost)
			if spare := tokens - float64(cost); d.Allowed && spare < -tolerance || !d.Allowed && spare > tolerance {
				t.Fatalf("cost %d with %v tokens: got allowed %v", cost, tokens, d.Allowed)
			}
			if d.Allowed {
				tokens -= float64(cost)
				history = append(history, spent{c.now, cost})
			}
		}
		for i := range history {
			sum := 0
			for _, s := range history[i:] {
				sum += s.cost
				most := float64(r.Burst) + s.at.Sub(history[i].at).Seconds()*perSecond
				if float64(sum) > most+tolerance {
					t.Fatalf("got %d units within %s, want at most %v", sum, s.at.Sub(history[i].at), most)
				}
			}
		}
	})
}

// A decision is true: exactly Remaining units can be spent at once, a refused request is
// allowed after RetryAfter and not earlier, and the burst is whole after ResetAfter.
func TestDecisionHolds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := rates().Draw(t, "rate")
		costs := rapid.SliceOfN(rapid.IntRange(1, r.Burst), 1, 20).Draw(t, "costs")
		again := func() (*limit.Limiter, *clock, rate.Decision, int) {
			c := newClock()
			l := limit.New(limit.Config{Now: c.Now})
			var d rate.Decision
			var last int
			for _, last = range costs {
				if d = l.Allow(t.Context(), "k", r, last); !d.Allowed {
					break
				}
			}
			return l, c, d, last
		}
		after := func(wait time.Duration, cost int) bool {
			l, c, _, _ := again()
			c.advance(wait)
			return l.Allow(t.Context(), "k", r, cost).Allowed
		}
		_, _, d, cost := again()
		if d.Remaining > 0 && !after(0, d.Remaining) {
			t.Errorf("%d units remain, and are refused", d.Remaining)
		}
		if d.Remaining < r.Burst && after(0, d.Remaining+1) {
			t.Errorf("%d units remain, and one more is allowed", d.Remaining)
		}
		if !after(d.ResetAfter, r.Burst) {
			t.Errorf("after %s the burst is not whole", d.ResetAfter)
		}
		if after(d.ResetAfter-1, r.Burst) {
			t.Errorf("before %s the burst is whole", d.ResetAfter)
		}
		if d.Allowed != (d.RetryAfter == 0) {
			t.Errorf("got allowed %v with retry after %s", d.Allowed, d.RetryAfter)
		}
		if !d.Allowed && (!after(d.RetryAfter, cost) || after(d.RetryAfter-1, cost)) {
			t.Errorf("retry after %s is too early or too late", d.RetryAfter)
		}
	})
}

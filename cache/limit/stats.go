package limit

import (
	"sync/atomic"

	"github.com/sony/gobreaker/v2"

	"marquee/cache/rate"
)

// Stats are the numbers of decisions since the start, for metrics.
type Stats struct {
	Allowed, Refused int64
	// Degraded is how many of both this process decided alone, because Redis did not
	// answer.
	Degraded int64
}

type counts struct{ allowed, refused, degraded atomic.Int64 }

func (c *counts) add(d rate.Decision) {
	if d.Allowed {
		c.allowed.Add(1)
	} else {
		c.refused.Add(1)
	}
	if d.Degraded {
		c.degraded.Add(1)
	}
}

// Stats returns the numbers as they are now.
func (l *Limiter) Stats() Stats {
	return Stats{Allowed: l.counts.allowed.Load(), Refused: l.counts.refused.Load(), Degraded: l.counts.degraded.Load()}
}

// Resting reports whether the breaker is open: several calls of Redis in a row have
// failed, and this process counts for itself.
func (l *Limiter) Resting() bool {
	return l.breaker != nil && l.breaker.State() != gobreaker.StateClosed
}

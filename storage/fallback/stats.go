package fallback

import (
	"errors"
	"sync/atomic"
	"time"
)

// Stats count requests since the start.
type Stats struct {
	// Preferred were answered by the preferred server. Lagging were left to the other
	// one because the preferred server lagged, Failed because it failed or its circuit
	// breaker was open.
	Preferred, Lagging, Failed uint64
}

type counts struct{ preferred, lagging, failed atomic.Uint64 }

// Count counts a request by the error of Ask.
func (p *Preferred) Count(err error) {
	switch {
	case Answered(err):
		p.counts.preferred.Add(1)
	case errors.Is(err, ErrLagging):
		p.counts.lagging.Add(1)
	default:
		p.counts.failed.Add(1)
	}
}

// Stats reads the counters.
func (p *Preferred) Stats() Stats {
	c := &p.counts
	return Stats{Preferred: c.preferred.Load(), Lagging: c.lagging.Load(), Failed: c.failed.Load()}
}

// Lag remembers the position at which a server lagged last, so that it is not
// asked, or waited for, again at that position. Its zero value has seen no lag.
type Lag[P any] struct {
	last atomic.Pointer[observation[P]]
}

type observation[P any] struct {
	position P
	at       time.Time
}

// Saw notes that the server lagged at a position.
func (l *Lag[P]) Saw(position P) { l.last.Store(&observation[P]{position, time.Now()}) }

// Last returns the position at which the server lagged last, and how long ago. ok
// is false if it never lagged.
func (l *Lag[P]) Last() (position P, ago time.Duration, ok bool) {
	s := l.last.Load()
	if s == nil {
		return position, 0, false
	}
	return s.position, time.Since(s.at), true
}

package schedule

import (
	"iter"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"marquee/storage/period"
)

// Calendar has the periods of all collections at one state of their table. It is safe for
// concurrent use.
type Calendar struct {
	stamp   Stamp
	periods map[string][]period.Period
	// stretch is the one that was asked for last: most questions are about now.
	stretch atomic.Pointer[stretch]
}

// Stamp identifies a state of the table. Each write raises the highest version of an object
// or, if it is a deletion, lowers their number.
type Stamp struct {
	// Version is the highest version of an object, 0 without objects. Count is their number.
	Version int64
	Count   int
}

// stretch is a time in which no period starts or ends.
type stretch struct {
	// from is its first instant that is known, and until the first one after it, zero if it
	// does not end.
	from, until time.Time
	inactive    []string
}

// New returns the calendar of a state, from the periods of all collections by their ids.
func New(s Stamp, periods map[string][]period.Period) *Calendar {
	return &Calendar{stamp: s, periods: periods}
}

// Stamp returns the state of the table.
func (c *Calendar) Stamp() Stamp { return c.stamp }

// Active reports whether the collection with an id exists and is active at an instant.
func (c *Calendar) Active(id string, at time.Time) bool {
	periods, ok := c.periods[id]
	return ok && period.Active(periods, at)
}

// Inactive returns the ids of the collections that are not active at an instant, sorted.
// The caller must not change them.
func (c *Calendar) Inactive(at time.Time) []string { return c.at(at).inactive }

// Boundary returns the first instant after at at which a period of any collection starts or
// ends. Until then Inactive does not change. ok is false when there is none.
func (c *Calendar) Boundary(at time.Time) (boundary time.Time, ok bool) {
	until := c.at(at).until
	return until, !until.IsZero()
}

// at returns the stretch of an instant. To compute one takes 2 to 5 µs for each yearly
// period, once for each turn and state: 40 to 110 ms for 1,000 collections with 20 each.
func (c *Calendar) at(at time.Time) *stretch {
	if s := c.stretch.Load(); s != nil && !at.Before(s.from) && (s.until.IsZero() || at.Before(s.until)) {
		return s
	}
	s := &stretch{from: at, inactive: []string{}}
	for id, periods := range c.periods {
		if !period.Active(periods, at) {
			s.inactive = append(s.inactive, id)
		}
		if b, ok := period.Boundary(periods, at); ok && (s.until.IsZero() || b.Before(s.until)) {
			s.until = b
		}
	}
	slices.Sort(s.inactive)
	c.stretch.Store(s)
	return s
}

// Turn is an instant at which a period of a collection starts or ends.
type Turn struct {
	At time.Time
	// ID is the id of the collection.
	ID string
}

// MaxTurns is about how many turns Turns returns at most.
const MaxTurns = 1000

// Turns returns the turns after from, up to and including to, by time, then id. If there
// are more than MaxTurns, it returns the first ones, and all of the last one's instant, so
// that the caller can go on from there.
func (c *Calendar) Turns(from, to time.Time) []Turn {
	var turns []Turn
	for id, periods := range c.periods {
		at := from
		for range MaxTurns {
			b, ok := period.Boundary(periods, at)
			if !ok || b.After(to) {
				break
			}
			turns = append(turns, Turn{At: b, ID: id})
			at = b
		}
	}
	slices.SortFunc(turns, func(a, b Turn) int {
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	n := min(len(turns), MaxTurns)
	for n > 0 && n < len(turns) && turns[n].At.Equal(turns[n-1].At) {
		n++
	}
	return turns[:n]
}

// All returns the ids and periods of all collections, in no order.
func (c *Calendar) All() iter.Seq2[string, []period.Period] { return maps.All(c.periods) }

// Package agenda says which answers are kept warm: the pages of collections, which start and
// end with their periods. It also counts the requests for these pages.
package agenda

import (
	"context"
	"sync/atomic"
	"time"

	"marquee/api"
	"marquee/cache/warm"
	"marquee/storage"
	"marquee/storage/period"
	"marquee/storage/schedule"
)

// Calendars has the periods of all collections. storage/postgres implements it.
type Calendars interface {
	Calendar(ctx context.Context) (*schedule.Calendar, error)
}

// readTimeout bounds a read of the calendar.
const readTimeout = 2 * time.Second

// lists is the name of the set with the lists of collections. It is no id of a collection.
const lists = ""

// Agenda has a set for each collection that is active or about to turn, and one for the lists
// of collections, which turn with each of them. It implements warm.Agenda. Sets must not be
// called concurrently.
type Agenda struct {
	calendars Calendars
	log       storage.Tail

	// calendar is the last one, asOf the version of the catalogue before it was read.
	calendar *schedule.Calendar
	asOf     int64
	// collections are by id. Only their contents change until the next calendar.
	collections atomic.Pointer[map[string]*collection]
}

// collection is a collection between two of its turns.
type collection struct {
	set     warm.Set // without its turn
	periods []period.Period
	// from is an instant, and until the first turn after it, zero if there is none.
	from, until time.Time
}

// New returns the agenda of a catalogue. It reads the calendar again when the log shows that
// a collection has changed.
func New(c Calendars, log storage.Tail) *Agenda {
	a := &Agenda{calendars: c, log: log}
	a.collections.Store(&map[string]*collection{})
	return a
}

// Known reports whether there is a collection with an id. The lists are known too.
func (a *Agenda) Known(name string) bool {
	return name == lists || (*a.collections.Load())[name] != nil
}

// Sets returns the lists, the collections that are active now, and those that turn up to an
// end.
func (a *Agenda) Sets(ctx context.Context, now, end time.Time) ([]warm.Set, error) {
	if err := a.read(ctx); err != nil {
		return nil, err
	}
	all := warm.Set{Name: lists, Pages: []string{api.CollectionsTarget}, Active: true}
	sets := make([]warm.Set, 1, 16)
	for _, c := range *a.collections.Load() {
		c.settle(now)
		set := c.set
		if !c.until.IsZero() && !c.until.After(end) {
			set.Turn = c.until
			if all.Turn.IsZero() || set.Turn.Before(all.Turn) {
				all.Turn = set.Turn
			}
		}
		if set.Active || !set.Turn.IsZero() {
			sets = append(sets, set)
		}
	}
	sets[0] = all
	return sets, nil
}

// settle finds out what holds at an instant.
func (c *collection) settle(now time.Time) {
	if !c.from.IsZero() && !now.Before(c.from) && (c.until.IsZero() || now.Before(c.until)) {
		return
	}
	c.set.Active, c.set.Since = period.Active(c.periods, now), time.Time{}
	if current, ok := period.Current(c.periods, now); ok && c.set.Active {
		c.set.Since = current.Start
	}
	c.from = now
	c.until, _ = period.Boundary(c.periods, now)
}

// read reads the calendar if a collection has changed since the last time.
func (a *Agenda) read(ctx context.Context) error {
	version := a.log.Version()
	if a.calendar != nil && !storage.Touched(a.log, a.asOf, version, func(c *storage.Change) bool { return c.Noun == storage.Collection }) {
		a.asOf = version
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	calendar, err := a.calendars.Calendar(ctx)
	if err != nil {
		return err
	}
	if a.asOf = version; calendar == a.calendar {
		return nil
	}
	a.calendar = calendar
	collections := map[string]*collection{}
	for id, periods := range calendar.All() {
		object, films := api.CollectionTargets(id)
		collections[id] = &collection{set: warm.Set{Name: id, Pages: []string{object}, Series: films}, periods: periods}
	}
	a.collections.Store(&collections)
	return nil
}

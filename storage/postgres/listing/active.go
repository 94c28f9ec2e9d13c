package listing

import (
	"marquee/storage/postgres/schema"
	"marquee/storage/schedule"
)

// PostgreSQL does not know when a period holds: its time zones may be others than those of
// this program. So a calendar in memory names the objects that are not active, and the
// statement of the list returns the state of the table, to see whether the calendar is of
// the same state.

// StampColumns select the schedule.Stamp of collections.
const StampColumns = "(SELECT coalesce(max(version), 0) FROM collections), (SELECT count(*) FROM collections)"

// Scheduled reports whether the query has Active conditions, so that Run needs a calendar.
func (l *Listing) Scheduled() bool { return len(l.active) > 0 }

// By sets the calendar that answers the Active conditions.
func (l *Listing) By(c *schedule.Calendar) *Listing {
	l.calendar = c
	for _, active := range l.active {
		l.and("t.id <> ALL(%s::%s[])", l.Arg(c.Inactive(active.At)), schema.KeyType(l.query.Noun))
		if b, ok := c.Boundary(active.At); ok && (l.page.Until.IsZero() || b.Before(l.page.Until)) {
			l.page.Until = b
		}
	}
	return l
}

// Current reports, after Run, whether the page and its calendar belong to one state.
func (l *Listing) Current() bool { return l.calendar == nil || l.calendar.Stamp() == l.stamp }

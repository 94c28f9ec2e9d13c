package tail

import (
	"time"

	"marquee/storage"
)

// Stats are numbers of a Log, for metrics.
type Stats struct {
	// Version is known, and the Changes after Floor are in memory, of Bytes as JSON.
	Version, Floor int64
	Changes, Bytes int
	// Read is when the log was last asked for what is unread, and answered; the zero
	// time before that.
	Read time.Time
}

// Stats reads the numbers.
func (l *Log) Stats() Stats {
	w := l.window.Load()
	s := Stats{Version: w.version, Floor: w.floor, Changes: len(w.changes), Bytes: w.bytes}
	if at := l.confirmed.Load(); at != nil {
		s.Read = *at
	}
	return s
}

// Since is when the first change after a version was written, to the second; the
// zero time when there is none, or it is not in memory.
func (l *Log) Since(version int64) (at time.Time) {
	l.Between(version, l.Version(), func(c *storage.Change) bool {
		at = c.At
		return false
	})
	return at
}

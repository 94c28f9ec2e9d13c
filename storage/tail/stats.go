package tail

import (
	"time"

	"marquee/storage"
)

// Stats are statistics of a Log, for metrics.
type Stats struct {
	// Version and Floor are the log's version and floor.
	Version, Floor int64
	// Changes is the number of changes in memory, and Bytes their estimated size as
	// JSON.
	Changes, Bytes int
	// Read is the start of the last successful read of the log, zero before the first.
	Read time.Time
}

// Stats returns the statistics.
func (l *Log) Stats() Stats {
	w := l.window.Load()
	s := Stats{Version: w.version, Floor: w.floor, Changes: len(w.changes), Bytes: w.bytes}
	if at := l.confirmed.Load(); at != nil {
		s.Read = *at
	}
	return s
}

// Since returns when the first change after a version was written, to the second.
// It is zero if there is none, or if it is not in memory.
func (l *Log) Since(version int64) (at time.Time) {
	l.Between(version, l.Version(), func(c *storage.Change) bool {
		at = c.At
		return false
	})
	return at
}

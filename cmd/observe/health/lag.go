package health

import (
	"context"
	"sync/atomic"
	"time"

	"marquee/api"
	"marquee/storage/tail"
)

// indexedLate is the lag of the search index from which probes report it: fifty times
// the usual lag under load.
const indexedLate = 5 * time.Second

// Lag compares the search index with the change log, as this process knows them. The
// caller must call Look every second.
type Lag struct {
	log     *tail.Log
	indexed func() int64
	// complete is the time at which the index last had all changes, in Unix
	// nanoseconds.
	complete atomic.Int64
}

// NewLag returns the lag of an index. indexed returns the version that the index has
// reached.
func NewLag(log *tail.Log, indexed func() int64) *Lag {
	l := &Lag{log: log, indexed: indexed}
	l.complete.Store(time.Now().UnixNano())
	return l
}

// Look records the time if the index has all changes.
func (l *Lag) Look(context.Context) {
	if l.Versions() == 0 {
		l.complete.Store(time.Now().UnixNano())
	}
}

// Indexed returns the version that the index has reached, 0 without an index.
func (l *Lag) Indexed() int64 { return l.indexed() }

// Versions returns the number of versions that the index lacks.
func (l *Lag) Versions() int64 { return max(0, l.log.Version()-l.indexed()) }

// Duration returns the age of the oldest change that the index lacks, in whole seconds
// of the database's clock. If that change is not in memory, Duration returns the time
// since the index last had all changes.
func (l *Lag) Duration() time.Duration {
	indexed := l.indexed()
	if l.log.Version() <= indexed {
		return 0
	}
	at := l.log.Since(indexed)
	if at.IsZero() {
		at = time.Unix(0, l.complete.Load())
	}
	return max(0, time.Since(at))
}

// State returns the state of the index as a dependency.
func (l *Lag) State() api.State {
	switch {
	case l.Missing():
		return api.Building
	case l.Duration() > indexedLate:
		return api.Lagging
	}
	return api.Up
}

// Missing reports whether the index does not exist yet.
func (l *Lag) Missing() bool { return l.indexed() == 0 && l.log.Version() > 0 }

package health

import (
	"context"
	"sync/atomic"
	"time"

	"marquee/api"
	"marquee/storage/tail"
)

// indexedLate is how far the search index may be behind before probes say so:
// fifty times what it takes under load.
const indexedLate = 5 * time.Second

// Lag is how far the search index is behind the log of changes, as this process
// knows both. Look has to be called every second.
type Lag struct {
	log     *tail.Log
	indexed func() int64
	// level is when the index was last seen to lack nothing, in Unix nanoseconds.
	level atomic.Int64
}

// NewLag compares the log with the version that the index has.
func NewLag(log *tail.Log, indexed func() int64) *Lag {
	l := &Lag{log: log, indexed: indexed}
	l.level.Store(time.Now().UnixNano())
	return l
}

// Look notes when the index lacks nothing.
func (l *Lag) Look(context.Context) {
	if l.Versions() == 0 {
		l.level.Store(time.Now().UnixNano())
	}
}

// Indexed is the version that the index has, 0 without an index.
func (l *Lag) Indexed() int64 { return l.indexed() }

// Versions are those that the index lacks.
func (l *Lag) Versions() int64 { return max(0, l.log.Version()-l.indexed()) }

// Duration is how long ago the oldest change was written that the index lacks, to
// the second, by the database's clock. Where that change is not in memory it is the
// time since the index was last seen to lack nothing.
func (l *Lag) Duration() time.Duration {
	indexed := l.indexed()
	if l.log.Version() <= indexed {
		return 0
	}
	at := l.log.Since(indexed)
	if at.IsZero() {
		at = time.Unix(0, l.level.Load())
	}
	return max(0, time.Since(at))
}

// State is the index's for Health.
func (l *Lag) State() api.State {
	switch {
	case l.Missing():
		return api.Building
	case l.Duration() > indexedLate:
		return api.Behind
	}
	return api.Up
}

// Missing reports whether there is no index yet.
func (l *Lag) Missing() bool { return l.indexed() == 0 && l.log.Version() > 0 }

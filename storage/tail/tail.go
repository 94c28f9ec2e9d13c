// Package tail keeps the end of the log of changes in the memory of a process,
// so that it can be asked in microseconds what has happened since some version:
// has anything touched this answer? It also knows how far the search index is, and
// hands on whose votes and views have changed.
package tail

import (
	"context"
	"errors"
	"log/slog"
	"sort"
	"sync/atomic"
	"time"

	"marquee/storage"
	"marquee/storage/poll"
)

// Source is what a Log reads. storage/postgres has it.
type Source interface {
	// Span is the part of the log that is kept: the changes of every version after
	// the first number, up to the second, the catalogue's version.
	Span(ctx context.Context) (after, version int64, err error)
	// Changes reads the log behind a version: about limit changes, and always all
	// of the last version.
	Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error)
	poll.Listener
}

// Config says what to follow, and how much of it to hold. Source must be set.
type Config struct {
	Source Source
	// Clock is the machine's when nil.
	Clock poll.Clock
	// Logger receives what fails and is tried again; nil drops it.
	Logger *slog.Logger
	// MaxChanges and MaxBytes (estimated, of the documents as JSON; they take two to
	// three times that in memory) bound what is held. Defaults 10,000 and 32 MiB.
	MaxChanges, MaxBytes int
}

const (
	// DefaultMaxChanges is several minutes of editors at work: an answer that was
	// not asked for in that time need not be checked, it can be made anew.
	DefaultMaxChanges = 10_000
	// DefaultMaxBytes is reached first where documents are long, at some 8,000
	// changes of films.
	DefaultMaxBytes = 32 << 20
)

// ErrOtherHistory is a catalogue whose version went backwards, because an older
// state of the database was restored: what the process knows is of another
// history, and so may be everything that it holds.
var ErrOtherHistory = errors.New("the catalogue's version went backwards: the database is not the one that was followed")

// Log is the end of the change log in memory. Run must be running for it to
// follow. It is safe for concurrent use.
type Log struct {
	source               Source
	clock                poll.Clock
	logger               *slog.Logger
	maxChanges, maxBytes int

	window   atomic.Pointer[window]
	required atomic.Int64
	// confirmed is when a question was asked whose answer was that nothing is
	// unread; nil before the first.
	confirmed atomic.Pointer[time.Time]
	// ask has the log read at once.
	ask    chan struct{}
	failed chan struct{}
	err    error // read after failed is closed

	// Run's own.
	loaded  bool
	failing bool
}

// New makes a Log that knows nothing yet.
func New(c Config) *Log {
	l := &Log{source: c.Source, clock: c.Clock, logger: c.Logger, maxChanges: c.MaxChanges, maxBytes: c.MaxBytes,
		ask: make(chan struct{}, 1), failed: make(chan struct{})}
	if l.clock == nil {
		l.clock = poll.System
	}
	if l.logger == nil {
		l.logger = slog.New(slog.DiscardHandler)
	}
	if l.maxChanges == 0 {
		l.maxChanges = DefaultMaxChanges
	}
	if l.maxBytes == 0 {
		l.maxBytes = DefaultMaxBytes
	}
	l.window.Store(newWindow(0))
	return l
}

// Version is the version up to which every change is known, be it that it is in
// memory or that the floor was raised over it. Whatever is read from the database
// after the call is of this version or a later one.
func (l *Log) Version() int64 { return l.window.Load().version }

// Floor is the version behind which the changes are in memory, up to Version.
func (l *Log) Floor() int64 { return l.window.Load().floor }

// Between visits the changes after one version up to another, in the order of
// the log, until visit returns false. Unless known, some of them are not in
// memory, and none was visited.
func (l *Log) Between(from, to int64, visit func(*storage.Change) bool) (known bool) {
	w := l.window.Load()
	if from < w.floor || to > w.version {
		return false
	}
	first := sort.Search(len(w.changes), func(i int) bool { return w.changes[i].Version > from })
	for i := first; i < len(w.changes) && w.changes[i].Version <= to; i++ {
		if !visit(&w.changes[i]) {
			break
		}
	}
	return true
}

// Require notes a version that this process has to show from now on: that of a
// write which it is about to answer.
func (l *Log) Require(version int64) {
	for old := l.required.Load(); old < version; old = l.required.Load() {
		if l.required.CompareAndSwap(old, version) {
			return
		}
	}
}

// Required is the highest version that was required, 0 before the first. It may
// be ahead of Version for a moment.
func (l *Log) Required() int64 { return l.required.Load() }

// Stamp is a number that grows whenever Version, Floor or Required does. Each of
// them only grows, so their sum is the same only if all three are.
func (l *Log) Stamp() uint64 {
	w := l.window.Load()
	return uint64(w.version + w.floor + l.required.Load())
}

// staleAfter is how long the log may go unread before its readers count as
// uninformed: four polls, which a busy database may delay, and less than anybody
// would notice who saw a change elsewhere.
const staleAfter = time.Second

// Current reports whether everything that was committed a second ago is known.
func (l *Log) Current() bool {
	at := l.confirmed.Load()
	return at != nil && l.clock.Now().Sub(*at) < staleAfter
}

// Wait returns when the version is known, or the error of ctx, which should have
// a deadline. It has the log read at once: whoever waits may know more than was
// notified.
func (l *Log) Wait(ctx context.Context, version int64) error {
	for first := true; ; first = false {
		w := l.window.Load()
		if w.version >= version {
			return nil
		}
		if first {
			poll.Poke(l.ask)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-l.failed:
			return l.err
		case <-w.superseded:
		}
	}
}

// Failed is closed when the log can no longer be followed, for the reason that
// Err gives: the process should end.
func (l *Log) Failed() <-chan struct{} { return l.failed }

// Err is why Failed is closed, nil while it is not.
func (l *Log) Err() error {
	select {
	case <-l.failed:
		return l.err
	default:
		return nil
	}
}

// Package tail caches the end of the change log in the memory of a process. So the
// process can check in microseconds whether a change since some version touches an
// answer. It also follows the indexed version and the flush log.
package tail

import (
	"context"
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"marquee/storage"
	"marquee/storage/poll"
)

// Source is the log that a Log follows. storage/postgres implements it.
type Source interface {
	// Span returns the part of the log that can be read: the changes of every version
	// greater than after, up to version, the catalogue's version.
	Span(ctx context.Context) (after, version int64, err error)
	// Changes returns the changes after version since: about limit of them, and always
	// all of the last version.
	Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error)
	poll.Listener
}

// Config configures a Log. Source must be set.
type Config struct {
	Source Source
	// Clock defaults to the system clock.
	Clock poll.Clock
	// Logger receives errors that are retried; nil discards them.
	Logger *slog.Logger
	// MaxChanges and MaxBytes bound the changes in memory. MaxBytes is an estimate of
	// them as JSON; in memory they take two to three times as much. The
	// defaults are 10,000 changes and 32 MiB.
	MaxChanges, MaxBytes int
}

const (
	// DefaultMaxChanges covers several minutes of editing. An answer that was not
	// requested for so long need not be checked, it can be made again.
	DefaultMaxChanges = 10_000
	// defaultMaxBytes is the lower bound if documents are long: about 8,000 changes of
	// films.
	defaultMaxBytes = 32 << 20
)

// ErrOtherHistory means that the catalogue's version went backwards, because an
// older state of the database was restored. All data that the process holds may be
// of the lost history.
var ErrOtherHistory = errors.New("the catalogue's version went backwards: the database is not the one that was followed")

// Log is the end of the change log in memory. It follows while Run runs. It is safe
// for concurrent use.
type Log struct {
	source               Source
	clock                poll.Clock
	logger               *slog.Logger
	maxChanges, maxBytes int

	window   atomic.Pointer[window]
	required atomic.Int64
	// confirmed is the start of the last read after which nothing was unread, nil
	// before the first.
	confirmed atomic.Pointer[time.Time]
	// ask makes Run read at once.
	ask    chan struct{}
	failed chan struct{}
	err    error // read after failed is closed

	// Only Run's goroutine uses these.
	loaded  bool
	failing bool
}

// New returns an empty Log.
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
		l.maxBytes = defaultMaxBytes
	}
	l.window.Store(newWindow(0))
	return l
}

// Version is the version up to which every change is known: in memory, or below the
// floor. Data read from the database after the call is of this version or a later
// one.
func (l *Log) Version() int64 { return l.window.Load().version }

// Floor is the version after which the changes are in memory with their documents, up to
// Version.
func (l *Log) Floor() int64 { return l.window.Load().floor }

// Between visits the changes after version from up to version to, in the order of
// the log, until visit returns false. If some of them are not in memory, it visits
// none and returns false.
func (l *Log) Between(from, to int64, visit func(*storage.Change) bool) (known bool) {
	w := l.window.Load()
	if from < w.floor || to > w.version {
		return false
	}
	for i := w.after(storage.AfterVersion(from)); i < len(w.changes) && w.changes[i].Version <= to; i++ {
		if !visit(&w.changes[i]) {
			break
		}
	}
	return true
}

// After visits the changes after a position, also those without documents, in the order
// of the log, until visit returns false. upTo is the version up to which it knows all of
// them. If some of them are not in memory, it visits none and returns false.
func (l *Log) After(at storage.LogPosition, visit func(*storage.Change) bool) (upTo int64, known bool) {
	w := l.window.Load()
	if at.Whole() < w.start {
		return 0, false
	}
	for i := w.after(at); i < len(w.changes); i++ {
		if !visit(&w.changes[i]) {
			break
		}
	}
	return w.version, true
}

// Require records a version that the answers of this process must include from now
// on: that of a write that it is about to answer.
func (l *Log) Require(version int64) {
	for old := l.required.Load(); old < version; old = l.required.Load() {
		if l.required.CompareAndSwap(old, version) {
			return
		}
	}
}

// Required is the highest version passed to Require, 0 before the first. It may
// exceed Version for a moment.
func (l *Log) Required() int64 { return l.required.Load() }

// Stamp grows whenever Version, Floor or Required does. These only grow, so their
// sum is equal only if all three are.
func (l *Log) Stamp() uint64 {
	w := l.window.Load()
	return uint64(w.version + w.floor + l.required.Load())
}

// staleAfter is how long the log may go unread until it is not current: four polls,
// which a busy database may delay, and less than a user would notice.
const staleAfter = time.Second

// Current reports whether everything that was committed a second ago is known.
func (l *Log) Current() bool {
	at := l.confirmed.Load()
	return at != nil && l.clock.Now().Sub(*at) < staleAfter
}

// Wait returns nil when the version is known, or the error of ctx, which should have
// a deadline. It makes Run read at once, because the caller may know of a write that
// was not notified.
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

// Grown returns a channel that is closed when Version or Floor is greater than at the call.
func (l *Log) Grown() <-chan struct{} { return l.window.Load().superseded }

// Failed is closed when the log can no longer be followed. Err then returns the
// reason, and the process should end.
func (l *Log) Failed() <-chan struct{} { return l.failed }

// Err is the reason why Failed is closed, nil while it is open.
func (l *Log) Err() error {
	select {
	case <-l.failed:
		return l.err
	default:
		return nil
	}
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/sony/gobreaker/v2"

	"marquee/storage"
)

// Log is the end of the log of changes; storage/tail has it.
type Log interface {
	// Version is the version up to which every change is known.
	Version() int64
	// Required is the version of this process's own last write.
	Required() int64
	// Between visits the changes after one version up to another until visit
	// returns false; it reports whether all of them are known.
	Between(from, to int64, visit func(*storage.Change) bool) (known bool)
}

// ReaderConfig says where a Reader reads. All but Logger must be set.
type ReaderConfig struct {
	Primary *Store
	Replica *Replica
	// Log tells what the replica lacks.
	Log Log
	// Touches judges whether a change may alter the answer to a list; search has it.
	Touches func(q *storage.Query) func(*storage.Change) bool
	// Logger receives the failures of the replica; nil drops them.
	Logger *slog.Logger
}

// Reader answers reads from a replica wherever its answer is what this process has
// to show, and from the primary where it is not: when the replica lacks a change
// that it would show, or fails. It is safe for concurrent use.
type Reader struct {
	ReaderConfig
	breaker *gobreaker.CircuitBreaker[struct{}]
	// shown is the highest version of an answer so far, and flushed the last position
	// in the flush log that was returned to holders of copies.
	shown, flushed atomic.Int64
	lagged         atomic.Pointer[sighting]
	stats          readerCounters
}

// sighting is how far a replica was at a time.
type sighting struct {
	mark
	at time.Time
}

// NewReader makes a reader.
func NewReader(c ReaderConfig) *Reader {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Reader{ReaderConfig: c, breaker: newReplicaBreaker(c.Logger)}
}

// Get returns one object; see Store.Get.
func (r *Reader) Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error) {
	if !n.ValidID(id) {
		return nil, notFound(n, id)
	}
	touches := func() func(*storage.Change) bool {
		return func(c *storage.Change) bool { return c.Noun == n && slices.Contains(c.IDs, id) }
	}
	return read(ctx, r, r.need(0), touches, func(ctx context.Context, pool *pgxpool.Pool) (*storage.Object, mark, error) {
		return getMarked(ctx, pool, n, id, parents)
	})
}

// List answers a query; see Store.List. The page is as of the version of the
// server that answered, and what was changed since that is known does not touch
// it.
func (r *Reader) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	touches := func() func(*storage.Change) bool { return r.Touches(q) }
	return read(ctx, r, r.need(q.AtLeast), touches, func(ctx context.Context, pool *pgxpool.Pool) (*storage.Page, mark, error) {
		l := newListing(q)
		page, err := l.list(ctx, pool)
		return page, l.mark, err
	})
}

// View runs f on one state of the catalogue, which has every change that is
// known. f is run again on the primary when the replica fails.
func (r *Reader) View(ctx context.Context, f func(v *View) error) error {
	need := r.need(0)
	_, err := read(ctx, r, need, nil, func(ctx context.Context, pool *pgxpool.Pool) (struct{}, mark, error) {
		var m mark
		err := inSnapshot(ctx, pool, func(tx pgx.Tx) error {
			var err error
			if m, err = readMark(ctx, tx); err != nil {
				return err
			}
			if pool == r.Replica.pool && r.lacks(m, need, nil) { // before f, which may take long
				return nil
			}
			return f(&View{tx: tx})
		})
		return struct{}{}, m, translate(err)
	})
	return err
}

// Flushes is Store.Flushes. Every later answer shows the flushes it returns, so a
// copy that is refreshed because of one has the new counters.
func (r *Reader) Flushes(ctx context.Context, since int64, limit int) (*storage.Flushes, error) {
	log, err := r.Primary.Flushes(ctx, since, limit)
	if err == nil {
		raise(&r.flushed, log.Next)
	}
	return log, err
}

// need is what an answer has to show that is read from here on: what this process
// knows of, has written, and has shown before, from whichever server.
func (r *Reader) need(version int64) mark {
	return mark{version: max(version, r.Log.Version(), r.Log.Required(), r.shown.Load()), flushed: r.flushed.Load()}
}

// lacks reports whether an answer at a mark may lack something that is needed.
// Changes that do not touch it make no difference. Without touches, any may.
func (r *Reader) lacks(m, need mark, touches func() func(*storage.Change) bool) bool {
	switch {
	case m.flushed < need.flushed:
		return true
	case m.version >= need.version:
		return false
	case touches == nil:
		return true
	}
	touched, judge := false, touches()
	known := r.Log.Between(m.version, need.version, func(c *storage.Change) bool {
		touched = judge(c)
		return !touched
	})
	return !known || touched
}

// raise sets a number that only grows.
func raise(n *atomic.Int64, to int64) {
	for old := n.Load(); old < to; old = n.Load() {
		if n.CompareAndSwap(old, to) {
			return
		}
	}
}

// reading is one question to a server, with the mark of its answer.
type reading[T any] func(ctx context.Context, pool *pgxpool.Pool) (T, mark, error)

// read has the replica answer, or else the primary.
func read[T any](ctx context.Context, r *Reader, need mark, touches func() func(*storage.Change) bool, f reading[T]) (T, error) {
	out, m, err := askReplica(ctx, r, need, touches, f)
	if errors.Is(err, errPrimary) {
		out, m, err = f(ctx, r.Primary.pool)
	}
	raise(&r.shown, m.version)
	return out, err
}

const (
	// replicaTime is what a replica gets of a request's time, as much as a search
	// index does; of a short deadline two fifths, so that the primary has more.
	replicaTime = time.Second
	// lagPause is how long a replica is not asked for what it lacked: a multiple of
	// what a healthy one lags, and a bound on questions in vain to one that is stuck.
	lagPause = 10 * time.Millisecond
)

// askReplica has the replica answer in its part of the request's time. An error
// that is errPrimary leaves the answer to the primary.
func askReplica[T any](ctx context.Context, r *Reader, need mark, touches func() func(*storage.Change) bool, f reading[T]) (out T, m mark, err error) {
	if s := r.lagged.Load(); s != nil && time.Since(s.at) < lagPause && r.lacks(s.mark, need, touches) {
		r.stats.count(errBehind)
		return out, m, fmt.Errorf("%w: %w", errPrimary, errBehind)
	}
	limit := replicaTime
	if end, ok := ctx.Deadline(); ok {
		limit = min(limit, time.Until(end)*2/5)
	}
	var answer error // of a server that is well: what is asked for does not exist, or cannot be asked
	_, err = r.breaker.Execute(func() (struct{}, error) {
		limited, cancel := context.WithTimeout(ctx, limit)
		defer cancel()
		if out, m, answer = f(limited, r.Replica.pool); !answered(answer) {
			return struct{}{}, r.failed(ctx, limited, m, answer)
		}
		return struct{}{}, r.judge(m, need, touches)
	})
	switch {
	case err == nil:
		r.stats.replica.Add(1)
		return out, m, answer
	case ctx.Err() != nil:
		return out, mark{}, ctx.Err()
	}
	r.stats.count(err)
	return out, mark{}, fmt.Errorf("%w: %w", errPrimary, err)
}

// judge decides whether an answer of the replica at a mark will do.
func (r *Reader) judge(m, need mark, touches func() func(*storage.Change) bool) error {
	switch {
	case !m.standby: // it was promoted
		r.Replica.pool.Reset() // what else is connected to it must not answer either
		return fmt.Errorf("%w: it takes writes itself", ErrNotReplica)
	case r.lacks(m, need, touches):
		r.lagged.Store(&sighting{mark: m, at: time.Now()})
		return errBehind
	}
	return nil
}

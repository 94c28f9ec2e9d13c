package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/fallback"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// ReaderConfig names the servers that a Reader reads. All but Logger must be set.
type ReaderConfig struct {
	Primary *Store
	Replica *Replica
	// Log has the changes that the replica may lack.
	Log storage.Tail
	// Touches returns a function that reports whether a change may alter the answer to
	// a list. search/touch has it.
	Touches func(q *storage.Query) func(*storage.Change) bool
	// TouchesSuggestions is the same for suggestions.
	TouchesSuggestions func(q *storage.SuggestQuery) func(*storage.Change) bool
	// Logger receives the failures of the replica; nil drops them.
	Logger *slog.Logger
}

// Reader reads a replica, and falls back to the primary when the replica fails or
// lacks a change that the answer has to show. It is safe for concurrent use.
type Reader struct {
	ReaderConfig
	replica *fallback.Preferred
	// shown is the highest version that an answer had. flushed is the highest position
	// in the flush log that Flushes returned.
	shown, flushed atomic.Int64
	lag            fallback.Lag[schema.AsOf]
	conflicts      atomic.Uint64
}

// NewReader makes a reader.
func NewReader(c ReaderConfig) *Reader {
	return &Reader{ReaderConfig: c, replica: fallback.New(fallback.Config{
		Opened: "the replica has failed; the primary answers all reads",
		Closed: "the replica answers again",
		Failed: "the replica did not answer a read",
		Logger: c.Logger,
	})}
}

// Get returns one object; see Store.Get.
func (r *Reader) Get(ctx context.Context, n *storage.Noun, id string, parents []string) (*storage.Object, error) {
	if !n.ValidID(id) {
		return nil, storage.NoObject(n, id)
	}
	touches := func() func(*storage.Change) bool {
		return func(c *storage.Change) bool { return c.Noun == n && slices.Contains(c.IDs, id) }
	}
	return read(ctx, r, r.need(0, touches), func(ctx context.Context, db *pool.Pool) (*storage.Object, schema.AsOf, error) {
		return schema.GetAsOf(ctx, db, n, id, parents)
	})
}

// List answers a query; see Store.List. The page has the as-of version of the
// server that answered. No later change that this process knows touches it.
func (r *Reader) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	touches := func() func(*storage.Change) bool { return r.Touches(q) }
	return read(ctx, r, r.need(q.AtLeast, touches), func(ctx context.Context, db *pool.Pool) (*storage.Page, schema.AsOf, error) {
		return r.Primary.calendar.List(ctx, db, q)
	})
}

// Suggest answers a query for suggestions; see Store.Suggest. The answer has the as-of version
// of the server that answered. No later change that this process knows touches it.
func (r *Reader) Suggest(ctx context.Context, q *storage.SuggestQuery) (*storage.Suggestions, error) {
	touches := func() func(*storage.Change) bool { return r.TouchesSuggestions(q) }
	return read(ctx, r, r.need(q.AtLeast, touches), func(ctx context.Context, db *pool.Pool) (*storage.Suggestions, schema.AsOf, error) {
		return r.Primary.calendar.Suggest(ctx, db, q)
	})
}

// Snapshot runs f on one snapshot of the catalogue, which has every change that this
// process knows. It runs f again on the primary when the replica fails. If f may take
// longer than usual reads, patient gives the replica its whole part of the deadline.
func (r *Reader) Snapshot(ctx context.Context, patient bool, f func(s *Snapshot) error) error {
	need := r.need(0, nil)
	need.patient = patient
	_, err := read(ctx, r, need, func(ctx context.Context, db *pool.Pool) (struct{}, schema.AsOf, error) {
		var m schema.AsOf
		err := db.Snapshot(ctx, func(tx pgx.Tx) error {
			var err error
			if m, err = schema.ReadAsOf(ctx, tx); err != nil {
				return err
			}
			if db == r.Replica.pool && r.lacks(m, need) { // do not run f, which may take long
				return nil
			}
			return f(&Snapshot{tx: tx})
		})
		return struct{}{}, m, pool.Translate(err)
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

// demand is what an answer has to show.
type demand struct {
	schema.AsOf
	// touches returns a function that reports whether a change may alter the answer.
	// Nil means that any change may.
	touches func() func(*storage.Change) bool
	patient bool // see Reader.Snapshot
}

// need returns what an answer that is read now has to show: a version, and all that
// this process knows, has written, and has shown before from any server.
func (r *Reader) need(version int64, touches func() func(*storage.Change) bool) demand {
	version = max(version, r.Log.Version(), r.Log.Required(), r.shown.Load())
	return demand{AsOf: schema.AsOf{Version: version, Flushed: r.flushed.Load()}, touches: touches}
}

// lacks reports whether an answer of a state may lack something that is needed.
// Changes that do not touch it make no difference.
func (r *Reader) lacks(m schema.AsOf, need demand) bool {
	switch {
	case m.Flushed < need.Flushed:
		return true
	case m.Version >= need.Version:
		return false
	case need.touches == nil:
		return true
	}
	return storage.Touched(r.Log, m.Version, need.Version, need.touches())
}

// raise sets a number that only grows.
func raise(n *atomic.Int64, to int64) {
	for old := n.Load(); old < to; old = n.Load() {
		if n.CompareAndSwap(old, to) {
			return
		}
	}
}

// reading reads from a server. It returns the state that it read with the
// answer, or with an error if it got that far.
type reading[T any] func(ctx context.Context, db *pool.Pool) (T, schema.AsOf, error)

// read reads from the replica, or else from the primary.
func read[T any](ctx context.Context, r *Reader, need demand, f reading[T]) (T, error) {
	var m schema.AsOf
	out, err := fallback.Ask(ctx, r.replica, fallback.Request[T]{
		Ready:   func(context.Context) bool { return !r.lagged(need) },
		Patient: need.patient,
		Ask: func(ctx context.Context) (out T, err error) {
			out, m, err = f(ctx, r.Replica.pool)
			return out, r.judge(m, need, err)
		},
	})
	switch {
	case fallback.Answered(err):
		r.replica.Count(nil)
	case ctx.Err() != nil:
		return out, ctx.Err()
	default:
		r.count(err)
		out, m, err = f(ctx, r.Primary.pool)
	}
	raise(&r.shown, m.Version)
	return out, err
}

// lagPause is how long the replica is not asked again for a change that it lacked. It is
// several times the lag of a healthy replica, and bounds useless reads of one that is
// stuck.
const lagPause = 10 * time.Millisecond

// lagged reports whether the replica lacked a needed change a moment ago.
func (r *Reader) lagged(need demand) bool {
	m, ago, ok := r.lag.Last()
	return ok && ago < lagPause && r.lacks(m, need)
}

// judge decides whether an answer of the replica, or its error, can be returned.
func (r *Reader) judge(m schema.AsOf, need demand, err error) error {
	switch {
	case !fallback.Answered(err):
		return replicaFault(m, err)
	case !m.Standby: // it was promoted
		r.Replica.pool.Reset() // its other connections must not answer either
		return replicaFault(m, fmt.Errorf("%w: it takes writes itself", ErrNotReplica))
	case r.lacks(m, need):
		r.lag.Saw(m)
		return fallback.ErrLagging
	}
	return err
}

// Package pair gives the parts of the indexer the two stores that they keep equal:
// the catalogue and the search index. Every call has a deadline.
package pair

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync/atomic"
	"time"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

// Store is the catalogue, as the indexer uses it. storage/postgres has it.
type Store interface {
	Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error)
	Documents(ctx context.Context, n *storage.Noun, ids []string) ([]storage.Revision, int64, error)
	AllDocuments(ctx context.Context, nouns []*storage.Noun, visit func([]storage.Revision) error) (int64, error)

	Checkpoints(ctx context.Context) (*storage.Checkpoints, error)
	CreateCheckpoint(ctx context.Context, index string) error
	DropCheckpoint(ctx context.Context, index string) error
	SaveCheckpoint(ctx context.Context, index string, version int64) ([]storage.Checkpoint, error)
	Promote(ctx context.Context, index string, catchUp func(ctx context.Context, version int64) (int64, error)) error
	Settle(ctx context.Context, index string) error

	Flushes(ctx context.Context, since int64, limit int) (*storage.Flushes, error)
	SaveFlushed(ctx context.Context, index string, position int64) error

	DeadLetters(ctx context.Context, index string) ([]storage.DeadLetter, error)
	Bury(ctx context.Context, letters []storage.DeadLetter) error
	Exhume(ctx context.Context, letters []storage.DeadLetter) error

	Lead(ctx context.Context, name string, f func(ctx context.Context) error) error
	poll.Listener
}

// Pair is the catalogue and the search index. Every field but Counts is set by New
// of package indexer.
type Pair struct {
	Store  Store
	Index  search.Index
	Clock  poll.Clock
	Logger *slog.Logger
	// Trace begins a span of work; see indexer.Config.
	Trace func(ctx context.Context, name string) (context.Context, func(error))
	// Stepped is called after every step.
	Stepped func()
	// BatchItems and BatchBytes bound one bulk request.
	BatchItems, BatchBytes int

	Counts Counts
	// Notified is the last version that a notification named.
	Notified atomic.Int64
	// Inspect is readable when the physical indices should be inspected at once.
	Inspect chan struct{}
}

// Deadlines of calls.
const (
	// storeTimeout bounds a call to the database.
	storeTimeout = 20 * time.Second
	// bulkTimeout bounds a bulk request, adminTimeout every other call to the
	// index. Creating an index takes seconds on a busy cluster.
	bulkTimeout  = 60 * time.Second
	adminTimeout = 30 * time.Second
	// scanTimeout bounds reading the whole catalogue or index.
	scanTimeout = 6 * time.Hour
)

// OnStore calls f, which calls the database once.
func OnStore(ctx context.Context, f func(ctx context.Context) error) error {
	return Bounded(ctx, storeTimeout, f)
}

// OnIndex calls f, which makes a few calls to the index, but no bulk request.
func OnIndex(ctx context.Context, f func(ctx context.Context) error) error {
	return Bounded(ctx, adminTimeout, f)
}

// OnBulk calls f, which sends one bulk request.
func OnBulk(ctx context.Context, f func(ctx context.Context) error) error {
	return Bounded(ctx, bulkTimeout, f)
}

// OnAll calls f, which reads the whole catalogue or index.
func OnAll(ctx context.Context, f func(ctx context.Context) error) error {
	return Bounded(ctx, scanTimeout, f)
}

// Bounded calls f with a deadline.
func Bounded(ctx context.Context, limit time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}

// Failed counts and logs an error after which the caller tries again. An error that
// means that an index is gone, or too old for the log, also asks for an inspection.
func (p *Pair) Failed(ctx context.Context, what string, err error) {
	if ending(ctx, err) {
		return
	}
	p.Counts.Failures.Add(1)
	p.Logger.Warn(what, "err", err)
	if errors.Is(err, search.ErrNoIndex) || storage.CodeOf(err) == storage.Invalid {
		poll.Poke(p.Inspect)
	}
}

// ending reports whether the error only says that the work is to end.
func ending(ctx context.Context, err error) bool {
	return err == nil || ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

// Sleep waits for d or the end of ctx.
func (p *Pair) Sleep(ctx context.Context, d time.Duration) {
	poll.Wait(ctx, p.Clock, d, nil)
}

// Refresh makes all operations on an index visible to searches.
func (p *Pair) Refresh(ctx context.Context, index string) error {
	return OnIndex(ctx, func(ctx context.Context) error { return p.Index.Refresh(ctx, index) })
}

// Checkpoints reads the checkpoints of all indices.
func (p *Pair) Checkpoints(ctx context.Context) (c *storage.Checkpoints, err error) {
	err = OnStore(ctx, func(ctx context.Context) error {
		c, err = p.Store.Checkpoints(ctx)
		return err
	})
	return c, err
}

// Checkpoint reads the version that an index has reached.
func (p *Pair) Checkpoint(ctx context.Context, index string) (int64, error) {
	c, err := p.Checkpoints(ctx)
	if err != nil {
		return 0, err
	}
	found := c.Find(index)
	if found == nil {
		return 0, fmt.Errorf("%w: %s was dropped meanwhile", ErrNoLiveIndex, index)
	}
	return found.Version, nil
}

// ErrNoLiveIndex is a comparison without an index that searches go to.
var ErrNoLiveIndex = errors.New("there is no search index in use")

const (
	// lagLimit is how long Await waits for an indexer that makes no progress, and
	// lagPoll how often it reads the checkpoint.
	lagLimit = 10 * time.Second
	lagPoll  = 100 * time.Millisecond
)

// Await waits until the active indexer has brought an index to a version. It gives
// up without an error when the index makes no progress for a while.
func (p *Pair) Await(ctx context.Context, index string, version int64) error {
	var last int64
	for since := p.Clock.Now(); ; {
		at, err := p.Checkpoint(ctx, index)
		if at > last {
			last, since = at, p.Clock.Now()
		}
		if err != nil || at >= version || p.Clock.Now().Sub(since) > lagLimit {
			return err
		}
		p.Sleep(ctx, lagPoll)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

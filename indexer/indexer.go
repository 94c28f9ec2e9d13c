// Package indexer keeps the search index equal to the catalogue: it carries the
// log of changes over in order, builds a new index beside the old one when that
// is needed, and compares the two stores.
//
// Any number of processes may run it. One is active at a time, by a lock in the
// database; that is for economy, not for correctness: versions make every
// operation on the index harmless when it comes twice or late.
package indexer

import (
	"context"
	"errors"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

// Store is what the indexer needs of the catalogue. storage/postgres has it.
type Store interface {
	Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error)
	Documents(ctx context.Context, n *storage.Noun, ids []string) ([]storage.Revision, int64, error)
	Snapshot(ctx context.Context, nouns []*storage.Noun, visit func([]storage.Revision) error) (int64, error)

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

// Config says what to keep equal, and how. Store and Index must be set; every
// other zero value means the default.
type Config struct {
	Store Store
	Index search.Index
	// Prefix begins the names of the physical indices that are made, in lower
	// case; Index.Indices must list names that begin with it. Default "marquee-".
	Prefix string
	Logger *slog.Logger
	Clock  poll.Clock
	// Observe, when set, is called after every step. It must return quickly, and
	// may be called from several goroutines.
	Observe func(Event)
	// Trace begins a span of work that is called so, below the one of ctx if there is
	// one; the function that it returns ends the span with what became of the work.
	// Nil traces nothing.
	Trace func(ctx context.Context, name string) (context.Context, func(error))
	// BatchItems and BatchBytes (estimated) bound what is given to the index at
	// once; defaults 2000 and 8 MiB. One such load is in flight while the next is
	// gathered, so that at most two are in memory.
	BatchItems, BatchBytes int
	// VerifyEvery is the time between two comparisons in the background, default
	// 10 minutes; VerifyRate bounds the objects that one reads in a second, default
	// 5000.
	VerifyEvery time.Duration
	VerifyRate  int
	// KeepFor is how long the index before the present one is kept for Rollback,
	// default a day. It holds the log from being pruned.
	KeepFor time.Duration
}

// Limits of calls to other servers, and times between looks.
const (
	// pollEvery is how often the log is read without a notification: the
	// guarantee, where notifications only make it fast.
	pollEvery = time.Second
	// tendEvery is how often the index itself is looked at: is it there, does the
	// alias point to it.
	tendEvery = 5 * time.Second
	// storeTimeout bounds a call to the database.
	storeTimeout = 20 * time.Second
	// bulkTimeout bounds a bulk request, adminTimeout every other call to the
	// index. Creating an index takes seconds on a busy cluster.
	bulkTimeout  = 60 * time.Second
	adminTimeout = 30 * time.Second
	// buildTimeout bounds reading the whole catalogue or index.
	buildTimeout = 6 * time.Hour
)

// Names of the locks: one indexer is active, one index is built at a time.
const (
	indexerLock = "indexer"
	rebuildLock = "rebuild"
)

// Indexer keeps one search index equal to one catalogue.
type Indexer struct {
	Config
	stats stats
	// heard is the last version that a notification told of.
	heard atomic.Int64
	// poked asks for a look at the index before its time.
	poked chan struct{}
	// stale has the names of physical indices that cannot be repaired.
	stale sync.Map
}

// New makes an indexer. It does nothing until one of its methods is called.
func New(c Config) *Indexer {
	if c.Prefix == "" {
		c.Prefix = "marquee-"
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Clock == nil {
		c.Clock = poll.System
	}
	if c.Observe == nil {
		c.Observe = func(Event) {}
	}
	if c.Trace == nil {
		c.Trace = func(ctx context.Context, _ string) (context.Context, func(error)) { return ctx, func(error) {} }
	}
	c.BatchItems = orDefault(c.BatchItems, 2000)
	c.BatchBytes = orDefault(c.BatchBytes, 8<<20)
	c.VerifyEvery = orDefault(c.VerifyEvery, 10*time.Minute)
	c.VerifyRate = orDefault(c.VerifyRate, 5000)
	c.KeepFor = orDefault(c.KeepFor, 24*time.Hour)
	return &Indexer{Config: c, poked: make(chan struct{}, 1)}
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Run keeps the index equal to the catalogue until ctx ends, and returns nil
// then. It stands by while another process does so. Whatever fails is logged,
// counted and tried again.
func (x *Indexer) Run(ctx context.Context) error {
	var pause poll.Backoff
	for ctx.Err() == nil {
		err := x.Store.Lead(ctx, indexerLock, func(ctx context.Context) error {
			pause.Reset()
			x.lead(ctx)
			return nil
		})
		if ctx.Err() != nil {
			break
		}
		x.Logger.Warn("not the active indexer; standing by again", "err", err)
		x.sleep(ctx, pause.Next())
	}
	return nil
}

// lead is the active indexer: loops that end with ctx.
func (x *Indexer) lead(ctx context.Context) {
	x.Logger.Info("this process is the active indexer")
	x.stats.leading.Store(true)
	defer x.stats.leading.Store(false)
	x.observe(Event{Kind: Leading})
	wake := make(chan struct{}, 1)
	var loops sync.WaitGroup
	loops.Go(func() { x.listen(ctx, wake) })
	loops.Go(func() { x.tend(ctx) })
	loops.Go(func() { x.watchDrift(ctx) })
	loops.Go(func() { x.watchFlushes(ctx) })
	x.follow(ctx, wake)
	loops.Wait()
}

// listen turns notifications of writes into wakes.
func (x *Indexer) listen(ctx context.Context, wake chan<- struct{}) {
	poll.Listen(ctx, x.Store, x.Clock, x.Logger, storage.CatalogueChannel, func(payload string) {
		if version, err := strconv.ParseInt(payload, 10, 64); err == nil {
			x.heard.Store(version)
		}
		poll.Poke(wake)
	})
}

// sleep waits for d or the end of ctx.
func (x *Indexer) sleep(ctx context.Context, d time.Duration) {
	poll.Wait(ctx, x.Clock, d, nil)
}

// calm reports whether the error only says that the loop is to end.
func calm(ctx context.Context, err error) bool {
	return err == nil || ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded))
}

// bounded runs f with a deadline.
func bounded(ctx context.Context, limit time.Duration, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	return f(ctx)
}

// Package indexer keeps the search index equal to the catalogue. It carries the
// change log over in order, sends counters, rebuilds the index beside the old one
// when that is needed, and compares the two stores.
//
// Any number of processes may run it. A lock in the database makes one of them
// active. That saves work, but correctness does not depend on it: versions make
// every operation on the index harmless when it comes twice or late.
package indexer

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"marquee/indexer/counters"
	"marquee/indexer/follow"
	"marquee/indexer/pair"
	"marquee/indexer/rebuild"
	"marquee/indexer/verify"
	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

// Config configures an Indexer. Store and Index must be set; every other zero value
// means the default.
type Config struct {
	Store pair.Store
	Index search.Index
	// Prefix begins the names of the physical indices that are made, in lower
	// case; Index.Indices must list names that begin with it. Default "marquee-".
	Prefix string
	Logger *slog.Logger
	Clock  poll.Clock
	// Stepped, when set, is called after every step. It must return quickly, and may
	// be called from several goroutines.
	Stepped func()
	// Trace begins a span with a name, below the span of ctx if there is one. The
	// returned function ends the span with the work's error. Nil traces nothing.
	Trace func(ctx context.Context, name string) (context.Context, func(error))
	// BatchItems and BatchBytes (estimated) bound one bulk request; defaults 2000 and
	// 8 MiB. One request is in flight while the next is gathered, so that at most two
	// are in memory.
	BatchItems, BatchBytes int
	// VerifyEvery is the time between two comparisons in the background, default
	// 10 minutes; VerifyRate bounds the objects that one reads in a second, default
	// 5000.
	VerifyEvery time.Duration
	VerifyRate  int
	// KeepFor is how long the index before the present one is preserved for Rollback,
	// default a day. The log is not pruned above its checkpoint.
	KeepFor time.Duration
}

// lock names the lock of the active indexer.
const lock = "indexer"

// Indexer keeps one search index equal to one catalogue.
type Indexer struct {
	pair        *pair.Pair
	builder     *rebuild.Builder
	verifyEvery time.Duration
	verifyRate  int
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
	if c.Stepped == nil {
		c.Stepped = func() {}
	}
	if c.Trace == nil {
		c.Trace = func(ctx context.Context, _ string) (context.Context, func(error)) { return ctx, func(error) {} }
	}
	p := &pair.Pair{Store: c.Store, Index: c.Index, Clock: c.Clock, Logger: c.Logger, Trace: c.Trace, Stepped: c.Stepped,
		BatchItems: orDefault(c.BatchItems, 2000), BatchBytes: orDefault(c.BatchBytes, 8<<20), Inspect: make(chan struct{}, 1)}
	return &Indexer{pair: p, builder: rebuild.New(p, c.Prefix, orDefault(c.KeepFor, 24*time.Hour)),
		verifyEvery: orDefault(c.VerifyEvery, 10*time.Minute), verifyRate: orDefault(c.VerifyRate, 5000)}
}

func orDefault[T int | time.Duration](v, otherwise T) T {
	if v == 0 {
		return otherwise
	}
	return v
}

// Run keeps the index equal to the catalogue until ctx ends, and then returns nil.
// It stands by while another process is active. It logs and counts what fails, and
// tries again.
func (x *Indexer) Run(ctx context.Context) error {
	var pause poll.Backoff
	for ctx.Err() == nil {
		err := x.pair.Store.Lead(ctx, lock, func(ctx context.Context) error {
			pause.Reset()
			x.lead(ctx)
			return nil
		})
		if ctx.Err() != nil {
			break
		}
		x.pair.Logger.Warn("not the active indexer; standing by again", "err", err)
		x.pair.Sleep(ctx, pause.Next())
	}
	return nil
}

// lead runs the loops of the active indexer until ctx ends.
func (x *Indexer) lead(ctx context.Context) {
	x.pair.Logger.Info("this process is the active indexer")
	x.pair.Counts.Leading.Store(true)
	defer x.pair.Counts.Leading.Store(false)
	x.pair.Stepped()
	wake := make(chan struct{}, 1)
	var loops sync.WaitGroup
	loops.Go(func() { x.listen(ctx, wake) })
	loops.Go(func() { x.builder.Tend(ctx) })
	loops.Go(func() { verify.Watch(ctx, x.pair, x.verifyEvery, x.verifyRate, x.builder.Condemn) })
	loops.Go(func() { counters.Run(ctx, x.pair) })
	follow.Run(ctx, x.pair, wake)
	loops.Wait()
}

// listen wakes the follower when a write is notified.
func (x *Indexer) listen(ctx context.Context, wake chan<- struct{}) {
	p := x.pair
	poll.Listen(ctx, p.Store, p.Clock, p.Logger, storage.CatalogueChannel, func(payload string) {
		if version, err := strconv.ParseInt(payload, 10, 64); err == nil {
			p.Notified.Store(version)
		}
		poll.Poke(wake)
	})
}

// Rebuild builds a new physical index and moves searches to it; see
// rebuild.Builder.
func (x *Indexer) Rebuild(ctx context.Context) error { return x.builder.Rebuild(ctx) }

// Rollback moves searches back to the index before the present one; see
// rebuild.Builder.
func (x *Indexer) Rollback(ctx context.Context) error { return x.builder.Rollback(ctx) }

// Verify compares the index that searches go to with the catalogue. Writes may
// continue: objects that differ because of them are looked at again once the active
// indexer has caught up. Verify changes nothing.
func (x *Indexer) Verify(ctx context.Context) (*verify.Report, error) {
	return verify.Run(ctx, x.pair, 0)
}

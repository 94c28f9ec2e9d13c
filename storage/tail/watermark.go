package tail

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"marquee/storage"
	"marquee/storage/poll"
)

// askEvery is how often a watermark reads the indexed version without a
// notification. An indexer refreshes about twenty times as often.
const askEvery = time.Second

// Watermark is the indexed version in memory. Notifications raise it, and polling
// does so if one was lost. It follows while Run runs, and never goes back. It is safe
// for concurrent use.
type Watermark struct {
	store  IndexedSource
	clock  poll.Clock
	logger *slog.Logger
	ask    chan struct{}

	version atomic.Int64 // changed under mu; loaded on every cache hit of an answer of the index
	mu      sync.Mutex
	grown   chan struct{} // closed and replaced when version grows
}

// IndexedSource is the store that a Watermark follows. storage/postgres implements
// it.
type IndexedSource interface {
	poll.Listener
	// IndexedVersion returns the version up to which the live search index holds every
	// change.
	IndexedVersion(ctx context.Context) (int64, error)
}

// NewIndexed returns a watermark at version 0. A nil clock is the system's, and a nil
// logger discards everything.
func NewIndexed(store IndexedSource, c poll.Clock, logger *slog.Logger) *Watermark {
	if c == nil {
		c = poll.System
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Watermark{store: store, clock: c, logger: logger, ask: make(chan struct{}, 1), grown: make(chan struct{})}
}

// Version is the highest version known.
func (w *Watermark) Version() int64 { return w.version.Load() }

// Grown returns a channel that is closed when Version is greater than at the call.
func (w *Watermark) Grown() <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.grown
}

// Wait returns nil when the version is indexed, or the error of ctx, which should
// have a deadline.
func (w *Watermark) Wait(ctx context.Context, version int64) error {
	for first := true; ; first = false {
		w.mu.Lock()
		reached, grown := w.Version() >= version, w.grown
		w.mu.Unlock()
		if reached {
			return nil
		}
		if first {
			poll.Poke(w.ask) // the caller may know of a version that was not notified
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-grown:
		}
	}
}

// advance raises the version, and wakes Wait.
func (w *Watermark) advance(version int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if version <= w.Version() {
		return
	}
	w.version.Store(version)
	close(w.grown)
	w.grown = make(chan struct{})
}

// Run keeps the version up to date until ctx ends.
func (w *Watermark) Run(ctx context.Context) {
	var listener sync.WaitGroup
	defer listener.Wait()
	listener.Go(func() {
		poll.Listen(ctx, w.store, w.clock, w.logger, storage.IndexedChannel, func(payload string) {
			version, err := strconv.ParseInt(payload, 10, 64)
			if err != nil {
				poll.Poke(w.ask) // listening has started: earlier notifications may be lost
				return
			}
			w.advance(version)
		})
	})
	for ctx.Err() == nil {
		if err := w.read(ctx); err != nil && ctx.Err() == nil {
			w.logger.Warn("the indexed version cannot be read; retrying", "err", err)
		}
		poll.Wait(ctx, w.clock, askEvery, w.ask)
	}
}

func (w *Watermark) read(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, readTimeout)
	defer cancel()
	version, err := w.store.IndexedVersion(ctx)
	w.advance(version)
	return err
}

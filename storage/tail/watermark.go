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

// askEvery is how often a watermark asks how far the index is when nothing is
// notified: an indexer refreshes some twenty times in that time.
const askEvery = time.Second

// Watermark knows how far the search index has come: in memory, fed by
// notifications, and by asking now and then in case one was lost. It only grows;
// Run must be running for it to do so.
type Watermark struct {
	store  IndexedSource
	clock  poll.Clock
	logger *slog.Logger
	ask    chan struct{}

	version atomic.Int64 // changed under mu; every hit of what the index answered loads it
	mu      sync.Mutex
	grown   chan struct{} // closed and replaced when version grows
}

// IndexedSource is what a Watermark needs of the catalogue. storage/postgres has
// it.
type IndexedSource interface {
	poll.Listener
	// IndexedVersion is the version up to which the live search index holds every
	// change.
	IndexedVersion(ctx context.Context) (int64, error)
}

// NewIndexed makes the watermark of the version that searches see at least. A
// nil clock is the machine's, a nil logger drops everything.
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

// Wait returns when the version is reached, or the error of ctx, which should
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
			poll.Poke(w.ask) // whoever waits may know more than was notified
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-grown:
		}
	}
}

// advance raises the version.
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
				poll.Poke(w.ask) // it has begun to listen: ask for what it missed
				return
			}
			w.advance(version)
		})
	})
	for ctx.Err() == nil {
		if err := w.read(ctx); err != nil && ctx.Err() == nil {
			w.logger.Warn("how far the search index is, is not known; asking again", "err", err)
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

package indexer

import (
	"context"
	"log/slog"
	"strconv"
	"sync"

	"marquee/storage"
)

// Watermark knows a version that only grows, such as how far the search index
// has come: in memory, fed by notifications, and by asking now and then in case
// one was lost. Run must be running for it to grow.
type Watermark struct {
	store   Listener
	channel string
	read    func(ctx context.Context) (int64, error)
	clock   Clock
	logger  *slog.Logger
	ask     chan struct{}

	mu      sync.Mutex
	version int64
	grown   chan struct{} // closed and replaced when version grows
}

// NewIndexed is the version that searches see at least. The store's
// IndexedVersion and Listen are used.
func NewIndexed(store interface {
	Listener
	IndexedVersion(ctx context.Context) (int64, error)
}, c Clock, logger *slog.Logger) *Watermark {
	return newWatermark(store, storage.IndexedChannel, store.IndexedVersion, c, logger)
}

// NewCommitted is the version that reads from the database see at least.
func NewCommitted(store interface {
	Listener
	Version(ctx context.Context) (int64, error)
}, c Clock, logger *slog.Logger) *Watermark {
	return newWatermark(store, storage.CatalogueChannel, store.Version, c, logger)
}

func newWatermark(store Listener, channel string, read func(ctx context.Context) (int64, error), c Clock, logger *slog.Logger) *Watermark {
	if c == nil {
		c = System
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	return &Watermark{store: store, channel: channel, read: read, clock: c, logger: logger, ask: make(chan struct{}, 1), grown: make(chan struct{})}
}

// Version is the highest version known.
func (w *Watermark) Version() int64 {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.version
}

// Wait returns when the version is reached, or the error of ctx, which should
// have a deadline.
func (w *Watermark) Wait(ctx context.Context, version int64) error {
	for first := true; ; first = false {
		w.mu.Lock()
		reached, grown := w.version >= version, w.grown
		w.mu.Unlock()
		if reached {
			return nil
		}
		if first {
			poke(w.ask) // whoever waits may know more than was notified
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-grown:
		}
	}
}

// Advance raises the version to what the caller knows from elsewhere: an API
// process knows of its own writes before it is told.
func (w *Watermark) Advance(version int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if version <= w.version {
		return
	}
	w.version = version
	close(w.grown)
	w.grown = make(chan struct{})
}

// Run keeps the version up to date until ctx ends.
func (w *Watermark) Run(ctx context.Context) {
	var listener sync.WaitGroup
	defer listener.Wait()
	listener.Go(func() {
		listenAgain(ctx, w.store, w.clock, w.logger, w.channel, func(payload string) {
			version, err := strconv.ParseInt(payload, 10, 64)
			if err != nil {
				poke(w.ask) // it has begun to listen: ask for what it missed
				return
			}
			w.Advance(version)
		})
	})
	for ctx.Err() == nil {
		err := bounded(ctx, storeTimeout, func(ctx context.Context) error {
			version, err := w.read(ctx)
			w.Advance(version)
			return err
		})
		if !calm(ctx, err) {
			w.logger.Warn("the "+w.channel+" version is not known; asking again", "err", err)
		}
		wait(ctx, w.clock, pollEvery, w.ask)
	}
}

// listenAgain listens until ctx ends, however often the connection fails.
func listenAgain(ctx context.Context, store Listener, c Clock, logger *slog.Logger, channel string, notify func(payload string)) {
	var pause backoff
	for ctx.Err() == nil {
		err := store.Listen(ctx, []string{channel}, func(_, payload string) {
			pause.reset()
			notify(payload)
		})
		if ctx.Err() != nil {
			return
		}
		logger.Warn("cut off from notifications; polling until they are back", "channel", channel, "err", err)
		wait(ctx, c, pause.next(), nil)
	}
}

// Package counter counts views in memory and flushes counters in batches, so that
// a view needs no statement of its own.
package counter

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// DefaultEvery is how far counters may lag, as the contract says.
	DefaultEvery = 2 * time.Second
	// defaultMax bounds the number of objects with waiting views: about 10 MB.
	defaultMax = 100_000
	// flushTimeout bounds writing views, and a flush, including the last ones of a
	// process that ends.
	flushTimeout = 10 * time.Second
)

// Store stores views and votes.
type Store interface {
	// AddViews adds views to objects, by id. It ignores objects that do not exist.
	AddViews(ctx context.Context, n *storage.Noun, views map[string]int64) error
	// FlushCounters adds the stored views and votes to the counters of their objects.
	FlushCounters(ctx context.Context) (int, error)
}

// Config configures Views.
type Config struct {
	Store  Store
	Logger *slog.Logger
	// Every is how often views are written, DefaultEvery when zero.
	Every time.Duration
	// Max bounds the number of objects with waiting views, 100,000 when zero.
	Max int
}

// Views are the views that wait to be written. It is safe for concurrent use.
type Views struct {
	Config

	mu      sync.Mutex
	waiting map[*storage.Noun]map[string]int64
	objects int
	dropped int64 // since the last write
	lost    int64 // dropped since the start
}

// New returns Views that count. Run writes them.
func New(c Config) *Views {
	if c.Every == 0 {
		c.Every = DefaultEvery
	}
	if c.Max == 0 {
		c.Max = defaultMax
	}
	return &Views{Config: c, waiting: map[*storage.Noun]map[string]int64{}}
}

// Add counts one view. While Max objects have waiting views, because the store is
// down, it drops views of other objects.
func (v *Views) Add(n *storage.Noun, id string) { v.add(n, id, 1) }

func (v *Views) add(n *storage.Noun, id string, views int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	ids := v.waiting[n]
	if ids == nil {
		ids = map[string]int64{}
		v.waiting[n] = ids
	}
	if ids[id] == 0 {
		if v.objects == v.Max {
			v.dropped += views
			v.lost += views
			return
		}
		v.objects++
	}
	ids[id] += views
}

// Run writes waiting views every Every, and a last time when ctx ends. Failed
// writes are retried; if only the store's reply was lost, the views count twice.
// Flushes run in a goroutine of their own: a flush waits for writers, and views
// must not stay in memory for that long.
func (v *Views) Run(ctx context.Context) {
	due := make(chan struct{}, 1)
	var flusher sync.WaitGroup
	flusher.Go(func() {
		for range due {
			v.flush(context.WithoutCancel(ctx))
		}
	})
	for ended := false; !ended; {
		poll.Wait(ctx, poll.System, v.Every, nil)
		ended = ctx.Err() != nil
		v.write(context.WithoutCancel(ctx))
		select {
		case due <- struct{}{}:
		default: // the flush that is due takes these views too
		}
	}
	close(due)
	flusher.Wait()
}

// write stores the waiting views.
func (v *Views) write(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	taken, dropped := v.take()
	if dropped > 0 {
		v.Logger.Warn("views were lost, because too many objects were waiting", "views", dropped)
	}
	for n, views := range taken {
		if err := v.Store.AddViews(ctx, n, views); err != nil {
			v.Logger.Warn("views were not written; they are retried", "noun", n.Name, "after", v.Every, "err", err)
			for id, count := range views {
				v.add(n, id, count)
			}
		}
	}
}

// flush flushes the stored views and votes of all processes.
func (v *Views) flush(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	if _, err := v.Store.FlushCounters(ctx); err != nil {
		v.Logger.Warn("counters were not flushed; they are retried", "after", v.Every, "err", err)
	}
}

// take removes and returns the waiting views.
func (v *Views) take() (waiting map[*storage.Noun]map[string]int64, dropped int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	waiting, dropped = v.waiting, v.dropped
	v.waiting, v.objects, v.dropped = map[*storage.Noun]map[string]int64{}, 0, 0
	return waiting, dropped
}

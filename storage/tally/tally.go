// Package tally counts views in memory and writes them, with the votes that
// wait, in batches: a view costs no statement of its own.
package tally

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// DefaultEvery is how far counts may lag behind, as the contract says.
	DefaultEvery = 2 * time.Second
	// DefaultMax bounds how many objects wait with their views: some 10 MB.
	DefaultMax = 100_000
	// flushTimeout bounds writing views, and adding up, also the last time in a
	// process that ends.
	flushTimeout = 10 * time.Second
)

// Store keeps views and votes.
type Store interface {
	// AddViews adds views to objects, by id; those that do not exist are left out.
	AddViews(ctx context.Context, n *storage.Noun, views map[string]int64) error
	// FlushCounters has what was added so far show.
	FlushCounters(ctx context.Context) (int, error)
}

// Config is what Views needs.
type Config struct {
	Store  Store
	Logger *slog.Logger
	// Every is how often views are written, DefaultEvery when zero.
	Every time.Duration
	// Max bounds how many objects wait with their views, DefaultMax when zero.
	Max int
}

// Views are the views that wait to be written. It is safe for concurrent use.
type Views struct {
	Config

	mu      sync.Mutex
	waiting map[*storage.Noun]map[string]int64
	objects int
	dropped int64
	lost    int64 // of those that were dropped, all since the start
}

// New makes Views that count; Run writes them.
func New(c Config) *Views {
	if c.Every == 0 {
		c.Every = DefaultEvery
	}
	if c.Max == 0 {
		c.Max = DefaultMax
	}
	return &Views{Config: c, waiting: map[*storage.Noun]map[string]int64{}}
}

// Add counts one view. While the store cannot be reached, views of objects
// beyond the bound are lost.
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

// Run writes what waits again and again, and a last time when ctx ends. What
// could not be written waits for the next time; when the store's answer was lost
// on the way, it may be written twice. Adding up goes beside it: that waits for
// writers, and views must not wait in memory with it.
func (v *Views) Run(ctx context.Context) {
	due := make(chan struct{}, 1)
	var adding sync.WaitGroup
	adding.Go(func() {
		for range due {
			v.addUp(context.WithoutCancel(ctx))
		}
	})
	for ended := false; !ended; {
		poll.Wait(ctx, poll.System, v.Every, nil)
		ended = ctx.Err() != nil
		v.write(context.WithoutCancel(ctx))
		select {
		case due <- struct{}{}:
		default: // the one that waits takes this as well
		}
	}
	close(due)
	adding.Wait()
}

// write has the store keep the views that wait.
func (v *Views) write(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	taken, dropped := v.take()
	if dropped > 0 {
		v.Logger.Warn("views were lost, because too many objects were waiting", "views", dropped)
	}
	for n, views := range taken {
		if err := v.Store.AddViews(ctx, n, views); err != nil {
			v.Logger.Warn("views were not written; they are tried again", "noun", n.Name, "after", v.Every, "err", err)
			for id, count := range views {
				v.add(n, id, count)
			}
		}
	}
}

// addUp has the store add up what it keeps, from all processes.
func (v *Views) addUp(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, flushTimeout)
	defer cancel()
	if _, err := v.Store.FlushCounters(ctx); err != nil {
		v.Logger.Warn("votes and views were not added up; they are tried again", "after", v.Every, "err", err)
	}
}

// take empties what waits.
func (v *Views) take() (waiting map[*storage.Noun]map[string]int64, dropped int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	waiting, dropped = v.waiting, v.dropped
	v.waiting, v.objects, v.dropped = map[*storage.Noun]map[string]int64{}, 0, 0
	return waiting, dropped
}

package indexer

import (
	"context"
	"errors"
	"time"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// pressedAfter rounds in a row during which more was written, writes come faster
	// than they are carried over one by one: then each round first lingers, so that
	// one refresh serves several writes. A writer that waits until its change is
	// found before it makes the next one is never made to wait for more.
	pressedAfter = 2
	// linger is a sixth of the 300 ms that a change may take under load.
	linger = 50 * time.Millisecond
	// plenty is a round so large that lingering would gain nothing.
	plenty = readAtOnce / 2
)

// follow carries the log into every live index until ctx ends.
func (x *Indexer) follow(ctx context.Context, wake <-chan struct{}) {
	t := &trail{x: x, followers: map[string]*follower{}, gone: map[string]time.Time{}}
	var pause poll.Backoff
	pressed := 0
	for ctx.Err() == nil {
		n, err := t.round(ctx)
		switch {
		case err != nil:
			x.failed(ctx, "the search index does not follow; it is tried again from its checkpoint", err)
			t.followers = map[string]*follower{} // what they know may be wrong
			x.sleep(ctx, pause.Next())
			continue
		case n == 0:
			pressed = 0
			poll.Wait(ctx, x.Clock, pollEvery, wake)
		case !t.pressed() || n >= plenty:
			pressed = 0
		default:
			if pressed++; pressed >= pressedAfter {
				x.sleep(ctx, linger)
			}
		}
		pause.Reset()
	}
}

// failed counts and logs what will be tried again, and has the index looked at.
func (x *Indexer) failed(ctx context.Context, what string, err error) {
	if calm(ctx, err) {
		return
	}
	x.stats.failures.Add(1)
	x.Logger.Warn(what, "err", err)
	if errors.Is(err, search.ErrNoIndex) || storage.CodeOf(err) == storage.Invalid {
		poll.Poke(x.poked) // the index is gone, or further behind than the log reaches
	}
}

// trail is the followers of the live indices: one, or two while readers are
// moved from one to the other.
type trail struct {
	x         *Indexer
	followers map[string]*follower
	// gone are live indices that were found not to exist, and when. They are left
	// alone for a while, so that the log of one that takes their place is followed
	// at once.
	gone map[string]time.Time
}

// round takes one step in each live index, and returns how many changes were
// found. Which indices are live is asked when there is nothing else to do; a
// checkpoint tells it as well.
func (t *trail) round(ctx context.Context) (int, error) {
	found := 0
	for _, f := range t.followers {
		n, err := f.step(ctx)
		if errors.Is(err, search.ErrNoIndex) {
			t.gone[f.index] = t.x.Clock.Now()
			t.x.failed(ctx, "a search index is gone", err)
			n, err = 0, nil
		}
		if err != nil {
			return 0, err
		}
		if found = max(found, n); n > 0 {
			t.keep(f.live)
		}
	}
	if found > 0 {
		t.progress()
		return found, nil
	}
	c, err := t.x.checkpoints(ctx)
	if err != nil {
		return 0, err
	}
	if t.keep(c.In(storage.Live)) {
		return t.round(ctx) // once: now each of them has its follower
	}
	t.progress()
	return 0, nil
}

// pressed reports whether something was written during the last round.
func (t *trail) pressed() bool {
	for _, f := range t.followers {
		if f.pressed {
			return true
		}
	}
	return false
}

// keep has one follower for each of the live indices, and reports whether one
// is new.
func (t *trail) keep(live []storage.Checkpoint) bool {
	fresh := false
	kept := map[string]*follower{}
	for _, c := range live {
		if at, gone := t.gone[c.Index]; gone && t.x.Clock.Now().Sub(at) < tendEvery {
			continue
		}
		if kept[c.Index] = t.followers[c.Index]; kept[c.Index] == nil {
			kept[c.Index] = &follower{x: t.x, index: c.Index, version: c.Version}
			fresh = true
		}
	}
	t.followers = kept
	return fresh
}

// progress sets the gauges: the version that searches see at least, and how far
// that is behind.
func (t *trail) progress() {
	lowest, lag, first := int64(0), int64(0), true
	for _, f := range t.followers {
		if first || f.version < lowest {
			lowest, first = f.version, false
		}
		lag = max(lag, f.lag)
	}
	t.x.stats.version.Store(lowest)
	t.x.stats.lag.Store(lag)
}

// checkpoints is the store's method with a deadline.
func (x *Indexer) checkpoints(ctx context.Context) (c *storage.Checkpoints, err error) {
	err = bounded(ctx, storeTimeout, func(ctx context.Context) error {
		c, err = x.Store.Checkpoints(ctx)
		return err
	})
	return c, err
}

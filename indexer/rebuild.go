package indexer

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// promoteTimeout bounds the moment in which the live index stands still.
	promoteTimeout = 10 * time.Second
	// promoteTries is how often it is tried to catch up with one that does not.
	promoteTries = 5
	// cleanTimeout bounds removing what a failed build has left.
	cleanTimeout = time.Minute
)

// Rebuild makes a new physical index of the whole catalogue, compares it, has
// searches go to it, and keeps the one before for Rollback. Reads and writes go
// on all the while. It waits for another rebuild to end first.
func (x *Indexer) Rebuild(ctx context.Context) error {
	return x.Store.Lead(ctx, rebuildLock, x.rebuild)
}

// rebuild is Rebuild under the lock.
func (x *Indexer) rebuild(ctx context.Context) (err error) {
	ctx, end := x.Trace(ctx, "index rebuild")
	defer func() { end(err) }()
	if err := x.sweep(ctx); err != nil {
		return fmt.Errorf("remove what an earlier build has left: %w", err)
	}
	f, err := x.build(ctx)
	if err != nil {
		x.clean(ctx, f.index)
		return err
	}
	if err := x.swap(ctx, f); err != nil {
		x.clean(ctx, f.index)
		return err
	}
	x.stats.rebuilds.Add(1)
	return x.keepOne(ctx)
}

// sweep removes indices whose builders died.
func (x *Indexer) sweep(ctx context.Context) error {
	c, err := x.checkpoints(ctx)
	if err != nil {
		return err
	}
	for _, left := range c.In(storage.Building) {
		if err := x.drop(ctx, left.Index); err != nil {
			return err
		}
	}
	return nil
}

// clean removes an index that was not put into use, also when that was because ctx
// ended. What it cannot remove is swept later.
func (x *Indexer) clean(ctx context.Context, index string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	c, err := x.checkpoints(ctx)
	if err == nil {
		if found := c.Find(index); found == nil || found.State != storage.Building {
			return
		}
		err = x.drop(ctx, index)
	}
	if err != nil {
		x.Logger.Warn("a search index that was not finished has to be removed later", "index", index, "err", err)
	}
}

// build makes an index that has caught up with the log and holds what the
// catalogue does.
func (x *Indexer) build(ctx context.Context) (*follower, error) {
	f := &follower{x: x, index: x.name()}
	err := bounded(ctx, storeTimeout, func(ctx context.Context) error { return x.Store.CreateCheckpoint(ctx, f.index) })
	if err != nil {
		return f, err
	}
	err = bounded(ctx, adminTimeout, func(ctx context.Context) error { return x.Index.CreateIndex(ctx, f.index) })
	if err != nil {
		return f, err
	}
	if err := bounded(ctx, buildTimeout, f.load); err != nil {
		return f, fmt.Errorf("load %s: %w", f.index, err)
	}
	if err := f.catchUp(ctx, 0); err != nil {
		return f, err
	}
	return f, x.prove(ctx, f)
}

// name makes a name for a physical index, which tells when it was made.
func (x *Indexer) name() string {
	return x.Prefix + x.Clock.Now().UTC().Format("20060102150405") + "-" + strings.ToLower(rand.Text()[:6])
}

// load fills the index from one snapshot of the catalogue, which becomes its
// checkpoint.
func (f *follower) load(ctx context.Context) error {
	s := f.x.newSender(f.index)
	objects := 0
	at, err := f.x.Store.Snapshot(ctx, search.IndexedNouns(), func(page []storage.Revision) error {
		for i := range page {
			if err := s.add(ctx, operation(&page[i])); err != nil {
				return err
			}
		}
		objects += len(page)
		f.x.observe(Event{Kind: Loaded, Index: f.index, Objects: objects})
		return nil
	})
	if err := s.close(ctx, err); err != nil {
		return err
	}
	if err := f.x.refresh(ctx, f.index); err != nil {
		return err
	}
	return f.save(ctx, at)
}

// prove compares a new index with the catalogue. One repair is allowed; an index
// that differs then is not put into use. What the index refused is known
// already, and would be refused by every other.
func (x *Indexer) prove(ctx context.Context, f *follower) error {
	for try := 1; ; try++ {
		r, err := x.compare(ctx, f.index, f.catchUp, 0)
		if err != nil {
			return err
		}
		if r.Agrees() {
			return nil
		}
		if try > 1 {
			return fmt.Errorf("the new index differs from the catalogue: %s", r)
		}
		if _, err := x.Repair(ctx, r); err != nil {
			return err
		}
	}
}

// swap has searches go to another index, which follows the log closely. At every
// moment both what searches are told to see and what they see are of a live
// index with a checkpoint, so that a process may die anywhere here.
func (x *Indexer) swap(ctx context.Context, f *follower) error {
	if err := x.promote(ctx, f); err != nil {
		return err
	}
	if err := bounded(ctx, adminTimeout, func(ctx context.Context) error { return x.Index.SwapAlias(ctx, f.index) }); err != nil {
		return err // both stay live, until reconcile asks the alias
	}
	return x.settle(ctx, f.index)
}

// promote makes an index live beside the one that is.
func (x *Indexer) promote(ctx context.Context, f *follower) error {
	var pause poll.Backoff
	for try := 1; ; try++ {
		err := f.catchUp(ctx, 0)
		if err == nil {
			err = bounded(ctx, promoteTimeout, func(ctx context.Context) error {
				return x.Store.Promote(ctx, f.index, func(ctx context.Context, to int64) (int64, error) {
					err := f.catchUp(ctx, to)
					return f.version, err
				})
			})
		}
		if err == nil || ctx.Err() != nil || try == promoteTries {
			return err
		}
		x.Logger.Warn("the new search index has not caught up with the old one; trying again", "index", f.index, "err", err)
		x.sleep(ctx, pause.Next())
	}
}

// settle leaves one index live.
func (x *Indexer) settle(ctx context.Context, index string) error {
	err := bounded(ctx, storeTimeout, func(ctx context.Context) error { return x.Store.Settle(ctx, index) })
	if err == nil {
		x.Logger.Info("searches go to another index", "index", index)
		x.observe(Event{Kind: Swapped, Index: index})
	}
	return err
}

// keepOne removes all but one of the indices that nobody reads: that from which
// searches came.
func (x *Indexer) keepOne(ctx context.Context) error {
	c, err := x.checkpoints(ctx)
	if err != nil {
		return err
	}
	kept := lastRead(c)
	for _, old := range kept[min(1, len(kept)):] {
		if err := x.drop(ctx, old.Index); err != nil {
			return err
		}
	}
	return nil
}

// lastRead lists the indices that are kept, the one that was read last first.
func lastRead(c *storage.Checkpoints) []storage.Checkpoint {
	kept := c.In(storage.Kept)
	slices.SortFunc(kept, func(a, b storage.Checkpoint) int { return b.Updated.Compare(a.Updated) })
	return kept
}

// ErrNoPrevious is a Rollback without an index to go back to.
var ErrNoPrevious = errors.New("there is no earlier search index to go back to")

// Rollback has searches go back to the index before the present one, once it has
// caught up with the log. The present one is kept, so that Rollback can be undone
// by another. An active indexer of a release that wants another mapping replaces
// the index again when it starts.
func (x *Indexer) Rollback(ctx context.Context) error {
	return x.Store.Lead(ctx, rebuildLock, func(ctx context.Context) error {
		s, err := x.survey(ctx)
		if err != nil {
			return err
		}
		for _, c := range lastRead(s.Checkpoints) {
			if s.physical(c.Index) != nil && c.Version >= s.Pruned {
				return x.swap(ctx, &follower{x: x, index: c.Index, version: c.Version})
			}
		}
		return ErrNoPrevious
	})
}

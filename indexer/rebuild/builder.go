// Package rebuild looks after the physical indices: it builds new ones, moves
// searches to them, and removes old ones.
package rebuild

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"marquee/indexer/bulk"
	"marquee/indexer/follow"
	"marquee/indexer/pair"
	"marquee/indexer/verify"
	"marquee/search"
	"marquee/storage"
)

// lock names the lock under which one index is built at a time.
const lock = "rebuild"

// cleanTimeout bounds removing the index of a failed build.
const cleanTimeout = time.Minute

// Builder builds physical indices. It is safe for concurrent use.
type Builder struct {
	*pair.Pair
	prefix  string
	keepFor time.Duration
	// broken has the names of physical indices that no repair can fix.
	broken sync.Map
}

// New makes a builder. prefix begins the names of the indices that it builds;
// keepFor is how long the index before the present one is preserved.
func New(p *pair.Pair, prefix string, keepFor time.Duration) *Builder {
	return &Builder{Pair: p, prefix: prefix, keepFor: keepFor}
}

// Rebuild builds a new physical index of the whole catalogue, compares it, moves
// searches to it, and preserves the one before for Rollback. Reads and writes continue.
// It waits for another rebuild to end first.
func (b *Builder) Rebuild(ctx context.Context) error {
	return b.Store.Lead(ctx, lock, b.rebuild)
}

// rebuild is Rebuild under the lock.
func (b *Builder) rebuild(ctx context.Context) (err error) {
	ctx, end := b.Trace(ctx, "index rebuild")
	defer func() { end(err) }()
	if err := b.sweep(ctx); err != nil {
		return fmt.Errorf("remove the index of an earlier build: %w", err)
	}
	f, err := b.build(ctx)
	if err == nil {
		err = b.swap(ctx, f)
	}
	if err != nil {
		b.clean(ctx, f.Name)
		return err
	}
	b.Counts.Rebuilds.Add(1)
	return b.keepOne(ctx)
}

// sweep removes indices whose builders died.
func (b *Builder) sweep(ctx context.Context) error {
	c, err := b.Checkpoints(ctx)
	if err != nil {
		return err
	}
	for _, left := range c.In(storage.Building) {
		if err := b.drop(ctx, left.Index); err != nil {
			return err
		}
	}
	return nil
}

// clean removes an index that was not put into use, also when ctx has ended. sweep
// later removes what clean cannot.
func (b *Builder) clean(ctx context.Context, index string) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanTimeout)
	defer cancel()
	c, err := b.Checkpoints(ctx)
	if err == nil {
		if found := c.Find(index); found == nil || found.State != storage.Building {
			return
		}
		err = b.drop(ctx, index)
	}
	if err != nil {
		b.Logger.Warn("an unfinished search index has to be removed later", "index", index, "err", err)
	}
}

// drop deletes an unused physical index, then its checkpoint, so that no existing index
// lacks a checkpoint.
func (b *Builder) drop(ctx context.Context, index string) error {
	if err := pair.OnIndex(ctx, func(ctx context.Context) error { return b.Index.DeleteIndex(ctx, index) }); err != nil {
		return err
	}
	b.broken.Delete(index)
	return pair.OnStore(ctx, func(ctx context.Context) error { return b.Store.DropCheckpoint(ctx, index) })
}

// build builds an index that has caught up with the log and agrees with the
// catalogue. It returns the index's follower also with an error.
func (b *Builder) build(ctx context.Context) (*follow.Follower, error) {
	f := follow.NewFollower(b.Pair, b.name(), 0)
	err := pair.OnStore(ctx, func(ctx context.Context) error { return b.Store.CreateCheckpoint(ctx, f.Name) })
	if err != nil {
		return f, err
	}
	err = pair.OnIndex(ctx, func(ctx context.Context) error { return b.Index.CreateIndex(ctx, f.Name) })
	if err != nil {
		return f, err
	}
	if err := pair.OnAll(ctx, func(ctx context.Context) error { return b.load(ctx, f) }); err != nil {
		return f, fmt.Errorf("load %s: %w", f.Name, err)
	}
	b.merge(ctx, f.Name)
	if err := f.CatchUp(ctx, 0); err != nil {
		return f, err
	}
	return f, b.prove(ctx, f)
}

// merge merges a new index before searches go to it. Searches of one that is not merged
// take longer, so a failure is no reason to give up.
func (b *Builder) merge(ctx context.Context, index string) {
	if err := pair.OnBulk(ctx, func(ctx context.Context) error { return b.Index.Merge(ctx, index) }); err != nil && ctx.Err() == nil {
		b.Logger.Warn("the new search index is not merged; searches take longer", "index", index, "err", err)
	}
}

// name makes a name for a physical index, with the time when it is made.
func (b *Builder) name() string {
	return b.prefix + b.Clock.Now().UTC().Format("20060102150405") + "-" + strings.ToLower(rand.Text()[:6])
}

// load fills the index from one snapshot of the catalogue, whose version becomes the
// checkpoint.
func (b *Builder) load(ctx context.Context, f *follow.Follower) error {
	w := bulk.NewWriter(b.Pair, f.Name)
	at, err := b.Store.AllDocuments(ctx, search.IndexedNouns(), func(page []storage.Revision) error {
		for i := range page {
			if err := w.Add(ctx, pair.Operation(&page[i])); err != nil {
				return err
			}
		}
		b.Stepped()
		return nil
	})
	if err := w.Close(ctx, err); err != nil {
		return err
	}
	if err := b.Refresh(ctx, f.Name); err != nil {
		return err
	}
	return f.Save(ctx, at)
}

// prove compares a new index with the catalogue. One repair is allowed; an index
// that still differs is not put into use. Objects that the index refused do not
// count: every other index would refuse them.
func (b *Builder) prove(ctx context.Context, f *follow.Follower) error {
	for try := 1; ; try++ {
		r, err := verify.Compare(ctx, b.Pair, f.Name, f.CatchUp, 0)
		if err != nil {
			return err
		}
		if r.Agrees() {
			return nil
		}
		if try > 1 {
			return fmt.Errorf("the new index differs from the catalogue: %s", r)
		}
		if _, err := verify.Repair(ctx, b.Pair, r); err != nil {
			return err
		}
	}
}

// keepOne removes all retired indices but the one that was read last.
func (b *Builder) keepOne(ctx context.Context) error {
	c, err := b.Checkpoints(ctx)
	if err != nil {
		return err
	}
	retired := lastRead(c)
	for _, old := range retired[min(1, len(retired)):] {
		if err := b.drop(ctx, old.Index); err != nil {
			return err
		}
	}
	return nil
}

// lastRead lists the retired indices, the one that was read last first.
func lastRead(c *storage.Checkpoints) []storage.Checkpoint {
	retired := c.In(storage.Retired)
	slices.SortFunc(retired, func(a, b storage.Checkpoint) int { return b.Updated.Compare(a.Updated) })
	return retired
}

// ErrNoPrevious is a Rollback without an index to go back to.
var ErrNoPrevious = errors.New("there is no earlier search index to go back to")

// Rollback moves searches back to the index before the present one, once that has
// caught up with the log. It keeps the present one, so that another Rollback undoes
// it. An active indexer of a release with another mapping replaces the index again
// when it starts.
func (b *Builder) Rollback(ctx context.Context) error {
	return b.Store.Lead(ctx, lock, func(ctx context.Context) error {
		s, err := b.Survey(ctx)
		if err != nil {
			return err
		}
		for _, c := range lastRead(s.Checkpoints) {
			if s.Exists(c.Index) && c.Version >= s.Pruned {
				return b.swap(ctx, follow.NewFollower(b.Pair, c.Index, c.Version))
			}
		}
		return ErrNoPrevious
	})
}

package rebuild

import (
	"context"
	"time"

	"marquee/indexer/follow"
	"marquee/indexer/pair"
	"marquee/storage/poll"
)

const (
	// promoteTimeout bounds the time during which the live index stands still.
	promoteTimeout = 10 * time.Second
	// promoteTries is how often promote tries to catch up with a live index.
	promoteTries = 5
)

// swap moves searches to an index that follows the log closely. A process may die
// anywhere here: at every moment, the version that searches are promised and the
// index that they read belong to a live index with a checkpoint.
func (b *Builder) swap(ctx context.Context, f *follow.Follower) error {
	if err := b.promote(ctx, f); err != nil {
		return err
	}
	if err := pair.OnIndex(ctx, func(ctx context.Context) error { return b.Index.SwapAlias(ctx, f.Name) }); err != nil {
		return err // both stay live until reconcile reads the alias
	}
	return b.settle(ctx, f.Name)
}

// promote makes an index live, beside the one that is.
func (b *Builder) promote(ctx context.Context, f *follow.Follower) error {
	var pause poll.Backoff
	for try := 1; ; try++ {
		err := f.CatchUp(ctx, 0)
		if err == nil {
			err = pair.Bounded(ctx, promoteTimeout, func(ctx context.Context) error {
				return b.Store.Promote(ctx, f.Name, func(ctx context.Context, to int64) (int64, error) {
					err := f.CatchUp(ctx, to)
					return f.Version(), err
				})
			})
		}
		if err == nil || ctx.Err() != nil || try == promoteTries {
			return err
		}
		b.Logger.Warn("the new search index has not caught up with the old one; trying again", "index", f.Name, "err", err)
		b.Sleep(ctx, pause.Next())
	}
}

// settle leaves one index live.
func (b *Builder) settle(ctx context.Context, index string) error {
	err := pair.OnStore(ctx, func(ctx context.Context) error { return b.Store.Settle(ctx, index) })
	if err == nil {
		b.Logger.Info("searches go to another index", "index", index)
		b.Stepped()
	}
	return err
}

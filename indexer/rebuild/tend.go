package rebuild

import (
	"context"
	"time"

	"marquee/indexer/follow"
	"marquee/indexer/pair"
	"marquee/storage"
	"marquee/storage/poll"
)

// tendEvery is how often the physical indices are inspected: whether they exist, and
// whether the alias points to the live one.
const tendEvery = 5 * time.Second

// Tend looks after the physical indices until ctx ends. It builds an index if there
// is no usable one, and finishes what a process that died has begun.
func (b *Builder) Tend(ctx context.Context) {
	var pause poll.Backoff
	first := true // an index of another release is replaced once, at the start
	for ctx.Err() == nil {
		if err := b.inspect(ctx, first); err != nil {
			b.Failed(ctx, "the search index is not as it should be; trying again", err)
			b.Sleep(ctx, pause.Next())
			continue
		}
		first = false
		pause.Reset()
		poll.Wait(ctx, b.Clock, tendEvery, b.Inspect)
	}
}

// Condemn marks an index as one that no repair can fix, so that Tend replaces it.
func (b *Builder) Condemn(index string) {
	b.broken.Store(index, true)
	poll.Poke(b.Inspect)
}

// inspect compares the physical indices with what they should be, and fixes what
// differs.
func (b *Builder) inspect(ctx context.Context, first bool) error {
	s, err := b.Survey(ctx)
	if err != nil {
		return err
	}
	reason := s.Unusable()
	if _, broken := b.broken.Load(s.Alias); broken {
		reason = "it holds versions that the catalogue does not have"
	}
	if first && reason == "" && s.Outdated(b.Index.Mapping()) {
		reason = "it was made for another release"
	}
	switch {
	case reason != "":
		b.Logger.Warn("building a search index", "because", reason, "index", s.Alias)
		return b.rebuildUnless(ctx, s.Alias)
	case !s.Settled():
		return b.reconcile(ctx)
	case len(s.In(storage.Building)) > 0:
		if err := b.sweepIfNobodyBuilds(ctx); err != nil {
			return err
		}
	}
	return b.discard(ctx, s)
}

// lockWait bounds the wait for the lock of builders, which takes a connection. A
// builder has it for longer than anyone should wait.
const lockWait = 2 * time.Second

// sweepIfNobodyBuilds removes indices whose builders died, unless a builder is
// alive.
func (b *Builder) sweepIfNobodyBuilds(ctx context.Context) error {
	waiting, giveUp := context.WithCancel(ctx)
	defer giveUp()
	timer := time.AfterFunc(lockWait, giveUp)
	defer timer.Stop()
	held := false
	err := b.Store.Lead(waiting, lock, func(ctx context.Context) error {
		if held = timer.Stop(); held {
			return b.sweep(ctx)
		}
		return nil
	})
	if !held && ctx.Err() == nil && waiting.Err() != nil {
		return nil // a builder is alive
	}
	return err
}

// rebuildUnless rebuilds, unless another process has done so while this one waited
// for the lock: then searches go to another index than the given one.
func (b *Builder) rebuildUnless(ctx context.Context, other string) error {
	return b.Store.Lead(ctx, lock, func(ctx context.Context) error {
		s, err := b.Survey(ctx)
		if err != nil {
			return err
		}
		if s.Alias != other && s.Unusable() == "" {
			return nil
		}
		return b.rebuild(ctx)
	})
}

// reconcile finishes a swap whose process has died: the readers follow the alias. It
// waits for a process that is alive.
func (b *Builder) reconcile(ctx context.Context) error {
	return b.Store.Lead(ctx, lock, func(ctx context.Context) error {
		s, err := b.Survey(ctx)
		if err != nil || s.Settled() || s.Unusable() != "" {
			return err
		}
		c := s.Find(s.Alias)
		if c.State != storage.Live {
			if err := b.promote(ctx, follow.NewFollower(b.Pair, c.Index, c.Version)); err != nil {
				return err
			}
		}
		return b.settle(ctx, c.Index)
	})
}

// discard removes retired indices after their time, or if they do not exist.
func (b *Builder) discard(ctx context.Context, s *pair.Survey) error {
	for _, c := range s.In(storage.Retired) {
		if s.Exists(c.Index) && b.Clock.Now().Sub(c.Updated) < b.keepFor {
			continue
		}
		if err := b.drop(ctx, c.Index); err != nil {
			return err
		}
	}
	return nil
}

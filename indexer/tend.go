package indexer

import (
	"context"
	"fmt"
	"slices"
	"time"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

// tend looks after the physical indices until ctx ends: builds one where there
// is none that can be used, and finishes what a process that died has begun.
func (x *Indexer) tend(ctx context.Context) {
	var pause poll.Backoff
	first := true // a mapping of another release is replaced once, at the start
	for ctx.Err() == nil {
		if err := x.look(ctx, first); err != nil {
			x.failed(ctx, "the search index is not as it should be; trying again", err)
			x.sleep(ctx, pause.Next())
			continue
		}
		first = false
		pause.Reset()
		poll.Wait(ctx, x.Clock, tendEvery, x.poked)
	}
}

// look compares what there is with what there should be, and mends it.
func (x *Indexer) look(ctx context.Context, first bool) error {
	s, err := x.survey(ctx)
	if err != nil {
		return err
	}
	reason := s.unusable()
	if _, ahead := x.stale.Load(s.alias); ahead {
		reason = "it holds versions that the catalogue does not have"
	}
	if first && reason == "" && s.outdated(x.Index.Mapping()) {
		reason = "it was made for another release"
	}
	switch {
	case reason != "":
		x.Logger.Warn("building a search index", "because", reason, "index", s.alias)
		return x.rebuildUnless(ctx, s.alias)
	case !s.settled():
		return x.reconcile(ctx)
	case len(s.In(storage.Building)) > 0:
		if err := x.sweepIfNobodyBuilds(ctx); err != nil {
			return err
		}
	}
	return x.discard(ctx, s)
}

// lockWait bounds the wait for the lock of builders, with the connection that it
// takes: whoever builds has it for longer than anybody should wait.
const lockWait = 2 * time.Second

// sweepIfNobodyBuilds removes indices whose builders died, unless one is alive.
func (x *Indexer) sweepIfNobodyBuilds(ctx context.Context) error {
	waiting, giveUp := context.WithCancel(ctx)
	defer giveUp()
	timer := time.AfterFunc(lockWait, giveUp)
	defer timer.Stop()
	held := false
	err := x.Store.Lead(waiting, rebuildLock, func(ctx context.Context) error {
		if held = timer.Stop(); held {
			return x.sweep(ctx)
		}
		return nil
	})
	if !held && ctx.Err() == nil && waiting.Err() != nil {
		return nil // somebody builds
	}
	return err
}

// survey is what is there.
type survey struct {
	*storage.Checkpoints
	alias   string
	indices []search.Physical
}

func (x *Indexer) survey(ctx context.Context) (*survey, error) {
	s := &survey{}
	var err error
	if s.Checkpoints, err = x.checkpoints(ctx); err != nil {
		return nil, err
	}
	err = bounded(ctx, adminTimeout, func(ctx context.Context) (err error) {
		if s.indices, err = x.Index.Indices(ctx); err != nil {
			return err
		}
		s.alias, err = x.Index.Alias(ctx)
		return err
	})
	return s, err
}

// physical is the index of that name, nil when there is none.
func (s *survey) physical(name string) *search.Physical {
	if i := slices.IndexFunc(s.indices, func(p search.Physical) bool { return p.Name == name }); i >= 0 {
		return &s.indices[i]
	}
	return nil
}

// unusable says why searches cannot go on with the index that they go to, "" if
// they can.
func (s *survey) unusable() string {
	if s.alias == "" {
		return "there is none"
	}
	if s.physical(s.alias) == nil {
		return "it is not one of ours"
	}
	c := s.Find(s.alias)
	switch {
	case c == nil:
		return "nobody knows how far it has come"
	case c.Version < s.Pruned:
		return fmt.Sprintf("it has come to version %d, and the log begins after %d", c.Version, s.Pruned)
	case c.Version > s.Version:
		return fmt.Sprintf("it has come to version %d of another catalogue", c.Version)
	}
	return ""
}

// outdated reports whether the index was made with another mapping.
func (s *survey) outdated(mapping string) bool { return s.physical(s.alias).Mapping != mapping }

// settled reports whether the one live index is the one that searches go to.
func (s *survey) settled() bool {
	live := s.In(storage.Live)
	return len(live) == 1 && live[0].Index == s.alias
}

// rebuildUnless rebuilds, unless somebody else has done so while this process
// waited for its turn: then searches go to another index than the one given.
func (x *Indexer) rebuildUnless(ctx context.Context, other string) error {
	return x.Store.Lead(ctx, rebuildLock, func(ctx context.Context) error {
		s, err := x.survey(ctx)
		if err != nil {
			return err
		}
		if s.alias != other && s.unusable() == "" {
			return nil
		}
		return x.rebuild(ctx)
	})
}

// reconcile finishes moving the readers to where the alias already is: whoever
// began it has died. It does nothing while somebody is at it.
func (x *Indexer) reconcile(ctx context.Context) error {
	return x.Store.Lead(ctx, rebuildLock, func(ctx context.Context) error {
		s, err := x.survey(ctx)
		if err != nil || s.settled() || s.unusable() != "" {
			return err
		}
		c := s.Find(s.alias)
		if c.State != storage.Live {
			if err := x.promote(ctx, &follower{x: x, index: c.Index, version: c.Version}); err != nil {
				return err
			}
		}
		return x.settle(ctx, c.Index)
	})
}

// discard removes the indices that were kept long enough, or are gone.
func (x *Indexer) discard(ctx context.Context, s *survey) error {
	for _, c := range s.In(storage.Kept) {
		if s.physical(c.Index) != nil && x.Clock.Now().Sub(c.Updated) < x.KeepFor {
			continue
		}
		if err := x.drop(ctx, c.Index); err != nil {
			return err
		}
	}
	return nil
}

// drop deletes a physical index that nobody reads, then its checkpoint: so none
// is forgotten that still takes room.
func (x *Indexer) drop(ctx context.Context, index string) error {
	if err := bounded(ctx, adminTimeout, func(ctx context.Context) error { return x.Index.DeleteIndex(ctx, index) }); err != nil {
		return err
	}
	x.stale.Delete(index)
	return bounded(ctx, storeTimeout, func(ctx context.Context) error { return x.Store.DropCheckpoint(ctx, index) })
}

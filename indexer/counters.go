package indexer

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// flushEvery is how often the log of votes and views is read: as often as it
	// is written.
	flushEvery = 2 * time.Second
	// flushesAtOnce is how many flushes are read at a time: an object that several
	// of them counted is sent once.
	flushesAtOnce = 50
	// countersAtOnce is how many objects are sent at a time, and countersRate how many
	// in a second: a tenth of what one node takes, so that changes do not wait.
	countersAtOnce = 500
	countersRate   = 1000
)

var (
	// errLagging is an index that does not have the changes yet whose objects were
	// counted.
	errLagging = errors.New("the search index lags behind the counted objects")
	// errOutpaced is a log of votes and views that was lost sight of.
	errOutpaced = errors.New("votes and views are forgotten before they could be sent")
)

// watchFlushes sends votes and views to the live indices until ctx ends: they
// change no version, so the log of changes does not tell of them. It runs beside
// the following of changes, which never waits for it.
func (x *Indexer) watchFlushes(ctx context.Context) {
	for ctx.Err() == nil {
		if err := x.sendCounters(ctx); err != nil {
			x.failed(ctx, "votes and views were not sent to the search index; they are tried again", err)
		}
		poll.Wait(ctx, x.Clock, flushEvery, nil)
	}
}

// sendCounters takes one step in each live index.
func (x *Indexer) sendCounters(ctx context.Context) error {
	c, err := x.checkpoints(ctx)
	if err != nil {
		return err
	}
	for _, live := range c.In(storage.Live) {
		r := &counterSender{x: x, index: live.Index, carried: live.Version, position: live.Flushed, pace: pacer{x: x, rate: countersRate}}
		err := r.step(ctx)
		if err != nil && !errors.Is(err, search.ErrNoIndex) { // an index that is gone is built anew, with its counts
			return fmt.Errorf("send counters to %s: %w", live.Index, err)
		}
	}
	return nil
}

// counterSender sends objects with their present votes and views to one index, at the
// versions that it has them at.
type counterSender struct {
	x     *Indexer
	index string
	// carried is a version up to which the index holds every change.
	carried int64
	// position is the one in the log up to which votes and views were sent.
	position int64
	pace     pacer
	sent     int
}

// step sends what was counted behind the position, and stores the position that this
// comes to. Where the log is no longer kept, everything that has counts is sent.
func (r *counterSender) step(ctx context.Context) error {
	from := r.position
	log, err := r.read(ctx)
	switch {
	case err != nil:
		return err
	case !log.Complete:
		r.x.Logger.Info("sending all votes and views anew", "index", r.index, "from", from, "to", log.Next)
		r.position = log.Next
		err = r.everything(ctx)
	default:
		err = r.take(ctx, log)
	}
	if err != nil || r.position == from {
		return err
	}
	if r.sent > 0 {
		if err := r.x.refresh(ctx, r.index); err != nil {
			return err
		}
	}
	err = bounded(ctx, storeTimeout, func(ctx context.Context) error { return r.x.Store.SaveFlushed(ctx, r.index, r.position) })
	if err == nil {
		r.x.observe(Event{Kind: Recounted, Index: r.index, Objects: r.sent})
	}
	return err
}

// read reads the log behind the position.
func (r *counterSender) read(ctx context.Context) (log *storage.Flushes, err error) {
	err = bounded(ctx, storeTimeout, func(ctx context.Context) error {
		log, err = r.x.Store.Flushes(ctx, r.position, flushesAtOnce)
		return err
	})
	return log, err
}

// take sends the objects of a stretch of the log, each once.
func (r *counterSender) take(ctx context.Context, log *storage.Flushes) error {
	ids := map[*storage.Noun][]string{}
	for _, c := range log.Flushes {
		ids[c.Noun] = append(ids[c.Noun], c.IDs...)
	}
	for _, n := range search.IndexedNouns() {
		slices.Sort(ids[n])
		for some := range slices.Chunk(slices.Compact(ids[n]), countersAtOnce) {
			if err := r.send(ctx, n, some); err != nil {
				return err
			}
		}
	}
	r.position = log.Next
	return nil
}

// everything sends all objects of the nouns that are counted, and takes what is
// counted meanwhile, so that the log is not lost again however long it takes. Of
// the snapshot only the ids are used: its counts would replace newer ones.
func (r *counterSender) everything(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, buildTimeout)
	defer cancel()
	nouns := slices.DeleteFunc(search.IndexedNouns(), func(n *storage.Noun) bool { return !n.Voted() && !n.Viewed() })
	_, err := r.x.Store.Snapshot(ctx, nouns, func(page []storage.Revision) error {
		for some := range slices.Chunk(page, countersAtOnce) {
			ids := make([]string, len(some))
			for i := range some {
				ids[i] = some[i].Document.ID
			}
			if err := r.send(ctx, some[0].Document.Noun, ids); err != nil {
				return err
			}
		}
		log, err := r.read(ctx)
		if err == nil && !log.Complete {
			err = errOutpaced
		}
		if err != nil {
			return err
		}
		return r.take(ctx, log)
	})
	return err
}

// send gives the present documents of objects to the index; those that do not
// exist any more are taken out by the log of changes. That carries a change with
// the counts of its time; so the change has to be there first, or it would take
// the place of newer counts.
func (r *counterSender) send(ctx context.Context, n *storage.Noun, ids []string) error {
	found, _, err := r.x.documents(ctx, n, ids)
	if err != nil {
		return err
	}
	var newest int64
	for i := range found {
		newest = max(newest, found[i].DocumentVersion)
	}
	if err := r.await(ctx, newest); err != nil {
		return err
	}
	s := r.x.newSender(r.index)
	for i := 0; i < len(found) && err == nil; i++ {
		err = s.add(ctx, operation(&found[i]))
	}
	if err = s.close(ctx, err); err != nil {
		return err
	}
	r.sent += len(found)
	return r.pace.wait(ctx, len(found))
}

// await waits for the changes up to a version to be in the index.
func (r *counterSender) await(ctx context.Context, version int64) error {
	if version <= r.carried {
		return nil
	}
	err := r.x.await(ctx, r.index, version)
	if err == nil {
		r.carried, err = r.x.checkpoint(ctx, r.index)
	}
	if err == nil && version > r.carried {
		err = fmt.Errorf("%w: it is at version %d, they are at %d", errLagging, r.carried, version)
	}
	return err
}

// Package counters sends likes, dislikes and views to the search index. They change
// no version, so the change log does not have them; the flush log does.
package counters

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"marquee/indexer/bulk"
	"marquee/indexer/pair"
	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

const (
	// readEvery is how often the flush log is read: as often as it is written.
	readEvery = 2 * time.Second
	// flushesAtOnce is how many flushes are read at a time. An object that is in
	// several of them is sent once.
	flushesAtOnce = 50
	// sendAtOnce is how many objects are sent at a time, and sendRate how many in a
	// second: a tenth of what one node takes, so that changes do not wait.
	sendAtOnce = 500
	sendRate   = 1000
)

var (
	// errLagging is an index that lacks changes of the objects whose counters are to be
	// sent.
	errLagging = errors.New("the search index lacks changes of the objects whose counters are sent")
	// errOutpaced is a flush log that was pruned while all counters were sent.
	errOutpaced = errors.New("counters are pruned from the flush log before they can be sent")
)

// Run sends counters to the live indices until ctx ends. Carrying changes never
// waits for it.
func Run(ctx context.Context, p *pair.Pair) {
	for ctx.Err() == nil {
		if err := sendToLive(ctx, p); err != nil {
			p.Failed(ctx, "counters were not sent to the search index; trying again", err)
		}
		poll.Wait(ctx, p.Clock, readEvery, nil)
	}
}

// sendToLive takes one step in each live index.
func sendToLive(ctx context.Context, p *pair.Pair) error {
	c, err := p.Checkpoints(ctx)
	if err != nil {
		return err
	}
	for _, live := range c.In(storage.Live) {
		s := &sender{Pair: p, index: live.Index, version: live.Version, position: live.Flushed, pace: p.NewPacer(sendRate)}
		err := s.step(ctx)
		if err != nil && !errors.Is(err, search.ErrNoIndex) { // an index that is gone is rebuilt, with its counters
			return fmt.Errorf("send counters to %s: %w", live.Index, err)
		}
	}
	return nil
}

// sender sends objects with their present counters to one index, at the versions
// that the index has them at.
type sender struct {
	*pair.Pair
	index string
	// version is one up to which the index has every change.
	version int64
	// position is the position in the flush log up to which counters were sent.
	position int64
	pace     *pair.Pacer
	sent     int
}

// step sends the objects of the flushes after the position, and saves the new
// position. If the log no longer reaches back to the position, step sends all
// objects with counters.
func (s *sender) step(ctx context.Context) error {
	from := s.position
	log, err := s.read(ctx)
	switch {
	case err != nil:
		return err
	case !log.Complete:
		s.Logger.Info("sending all counters again", "index", s.index, "from", from, "to", log.Next)
		s.position = log.Next
		err = s.sendAll(ctx)
	default:
		err = s.sendFlushes(ctx, log)
	}
	if err != nil || s.position == from {
		return err
	}
	if s.sent > 0 {
		if err := s.Refresh(ctx, s.index); err != nil {
			return err
		}
	}
	err = pair.OnStore(ctx, func(ctx context.Context) error { return s.Store.SaveFlushed(ctx, s.index, s.position) })
	if err == nil {
		s.Stepped()
	}
	return err
}

// read reads the flush log after the position.
func (s *sender) read(ctx context.Context) (log *storage.Flushes, err error) {
	err = pair.OnStore(ctx, func(ctx context.Context) error {
		log, err = s.Store.Flushes(ctx, s.position, flushesAtOnce)
		return err
	})
	return log, err
}

// sendFlushes sends the objects of a part of the flush log, each once.
func (s *sender) sendFlushes(ctx context.Context, log *storage.Flushes) error {
	ids := map[*storage.Noun][]string{}
	for _, f := range log.Flushes {
		ids[f.Noun] = append(ids[f.Noun], f.IDs...)
	}
	for _, n := range search.IndexedNouns() {
		slices.Sort(ids[n])
		for some := range slices.Chunk(slices.Compact(ids[n]), sendAtOnce) {
			if err := s.send(ctx, n, some); err != nil {
				return err
			}
		}
	}
	s.position = log.Next
	return nil
}

// sendAll sends all objects of the nouns that have counters. It sends new flushes
// as well, so that the log is not pruned again before the end, however long that
// takes. It uses only the ids of the snapshot: the counters in it would replace
// newer ones.
func (s *sender) sendAll(ctx context.Context) error {
	nouns := slices.DeleteFunc(search.IndexedNouns(), func(n *storage.Noun) bool { return !n.Voted() && !n.Viewed() })
	return pair.OnAll(ctx, func(ctx context.Context) error {
		_, err := s.Store.AllDocuments(ctx, nouns, func(page []storage.Revision) error {
			if err := s.sendPage(ctx, page); err != nil {
				return err
			}
			log, err := s.read(ctx)
			if err == nil && !log.Complete {
				err = errOutpaced
			}
			if err != nil {
				return err
			}
			return s.sendFlushes(ctx, log)
		})
		return err
	})
}

// sendPage sends the objects of a page of a snapshot.
func (s *sender) sendPage(ctx context.Context, page []storage.Revision) error {
	for some := range slices.Chunk(page, sendAtOnce) {
		ids := make([]string, len(some))
		for i := range some {
			ids[i] = some[i].Document.ID
		}
		if err := s.send(ctx, some[0].Document.Noun, ids); err != nil {
			return err
		}
	}
	return nil
}

// send sends the present documents of objects. Objects that no longer exist are
// removed by the change log. A change carries the counters of its time, so the
// index must have it first: later it would replace newer counters.
func (s *sender) send(ctx context.Context, n *storage.Noun, ids []string) error {
	found, _, err := s.Documents(ctx, n, ids)
	if err != nil {
		return err
	}
	var newest int64
	for i := range found {
		newest = max(newest, found[i].DocumentVersion)
	}
	if err := s.await(ctx, newest); err != nil {
		return err
	}
	w := bulk.NewWriter(s.Pair, s.index)
	for i := 0; i < len(found) && err == nil; i++ {
		err = w.Add(ctx, pair.Operation(&found[i]))
	}
	if err = w.Close(ctx, err); err != nil {
		return err
	}
	s.sent += len(found)
	return s.pace.Wait(ctx, len(found))
}

// await waits until the index has the changes up to a version.
func (s *sender) await(ctx context.Context, version int64) error {
	if version <= s.version {
		return nil
	}
	err := s.Await(ctx, s.index, version)
	if err == nil {
		s.version, err = s.Checkpoint(ctx, s.index)
	}
	if err == nil && version > s.version {
		err = fmt.Errorf("%w: the index is at version %d, the objects are at %d", errLagging, s.version, version)
	}
	return err
}

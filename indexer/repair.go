package indexer

import (
	"context"
	"fmt"
	"slices"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

// maxLogged bounds the differences that a line of the log names.
const maxLogged = 5

// Repair sends the differences of a report again, as the catalogue has the
// objects now, and returns how many. Letters about objects that the index then
// takes are removed. What is ahead of the catalogue stays as it is.
func (x *Indexer) Repair(ctx context.Context, r *Report) (int, error) {
	var wanted []object
	for _, d := range r.Differences {
		if d.Noun != nil && d.Kind != Ahead && d.Kind != Unsettled {
			wanted = append(wanted, object{d.Noun, d.ID})
		}
	}
	taken := map[object]storage.DeadLetter{}
	for _, l := range r.moot {
		taken[object{l.Noun, l.ID}] = l
	}
	if err := x.exhume(ctx, taken); err != nil || len(wanted) == 0 {
		return 0, err
	}
	clear(taken)
	s := x.newSender(r.Index)
	err := s.close(ctx, x.fetch(ctx, wanted, func(op search.Operation) error {
		taken[object{op.Noun, op.ID}] = storage.DeadLetter{Index: r.Index, Noun: op.Noun, ID: op.ID, Version: op.Version}
		return s.add(ctx, op)
	}))
	if err != nil {
		return 0, fmt.Errorf("repair %s: %w", r.Index, err)
	}
	for _, l := range s.dead {
		delete(taken, object{l.Noun, l.ID})
	}
	if err := x.refresh(ctx, r.Index); err != nil {
		return 0, err
	}
	if err := x.exhume(ctx, taken); err != nil {
		return 0, err
	}
	x.stats.repaired.Add(int64(len(taken)))
	x.observe(Event{Kind: Repaired, Index: r.Index, Objects: len(taken)})
	return len(taken), nil
}

func (x *Indexer) exhume(ctx context.Context, taken map[object]storage.DeadLetter) error {
	letters := make([]storage.DeadLetter, 0, len(taken))
	for _, l := range taken {
		letters = append(letters, l)
	}
	for some := range slices.Chunk(letters, fetchAtOnce) {
		if err := bounded(ctx, storeTimeout, func(ctx context.Context) error { return x.Store.Exhume(ctx, some) }); err != nil {
			return err
		}
	}
	return nil
}

// eachDocument visits objects as the catalogue has them, nil for those that it
// does not have, with the version of the catalogue at which they were read.
func (x *Indexer) eachDocument(ctx context.Context, wanted []object, visit func(o object, r *storage.Revision, at int64)) error {
	ids := map[*storage.Noun][]string{}
	for _, o := range wanted {
		ids[o.noun] = append(ids[o.noun], o.id)
	}
	for n, all := range ids {
		for some := range slices.Chunk(all, fetchAtOnce) {
			if err := x.eachOf(ctx, n, some, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *Indexer) eachOf(ctx context.Context, n *storage.Noun, ids []string, visit func(o object, r *storage.Revision, at int64)) error {
	var found []storage.Revision
	var at int64
	if n != nil { // else it is of no noun that this program knows
		var err error
		if found, at, err = x.documents(ctx, n, ids); err != nil {
			return err
		}
	}
	byID := make(map[string]*storage.Revision, len(found))
	for i := range found {
		byID[found[i].Document.ID] = &found[i]
	}
	for _, id := range ids {
		visit(object{n, id}, byID[id], at)
	}
	return nil
}

// watchDrift compares the index with the catalogue from time to time, at a
// bounded rate, repairs what differs, and counts it.
func (x *Indexer) watchDrift(ctx context.Context) {
	for ctx.Err() == nil {
		x.sleep(ctx, x.VerifyEvery)
		if ctx.Err() != nil {
			return
		}
		if err := x.checkDrift(ctx); err != nil {
			x.failed(ctx, "the search index was not compared with the catalogue; it is tried again later", err)
		}
	}
}

func (x *Indexer) checkDrift(ctx context.Context) error {
	r, err := x.verify(ctx, x.VerifyRate)
	if err != nil {
		return err
	}
	x.stats.comparisons.Add(1)
	if !r.Agrees() || r.Counts[Refused] > 0 {
		x.stats.drift.Add(int64(r.drift()))
		x.Logger.Error("the search index differs from the catalogue; repairing it", "report", r.String(), "differences", r.Lines(maxLogged))
	}
	if r.Counts[Ahead] > 0 {
		x.stale.Store(r.Index, true)
		poll.Poke(x.poked)
	}
	_, err = x.Repair(ctx, r)
	return err
}

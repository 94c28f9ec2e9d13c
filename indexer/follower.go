package indexer

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"marquee/search"
	"marquee/storage"
)

const (
	// readAtOnce is how many changes of the log are read at a time.
	readAtOnce = 200
	// applyAtOnce is how many objects are made visible by one refresh while an
	// index catches up.
	applyAtOnce = 5000
)

// follower carries the log into one physical index.
type follower struct {
	x     *Indexer
	index string
	// version is the checkpoint: the index holds every change up to it.
	version int64
	// lag is how far the log was ahead of it when it was last read.
	lag int64
	// pressed says that something was written after the log was read last and
	// before what it said could be found.
	pressed bool
	heard   int64 // the last version that was notified before the last refresh ended
	// buried are the objects that the index refused, with the letter's version;
	// nil until they were read.
	buried map[object]int64
	// live are the indices that readers may meet, as of the last checkpoint.
	live []storage.Checkpoint
}

// step carries over what follows the checkpoint, at most about readAtOnce
// changes, and returns how many there were.
func (f *follower) step(ctx context.Context) (int, error) {
	var read *storage.Changes
	err := bounded(ctx, storeTimeout, func(ctx context.Context) (err error) {
		read, err = f.x.Store.Changes(ctx, f.version, readAtOnce)
		return err
	})
	if err != nil {
		return 0, err
	}
	f.lag = read.Version - f.version
	if len(read.Changes) == 0 {
		return 0, nil
	}
	for b := range batches(read.Changes) {
		if err := f.apply(ctx, b); err != nil {
			return 0, fmt.Errorf("carry changes %d to %d into %s: %w", f.version+1, b.to, f.index, err)
		}
		f.lag = read.Version - f.version
		f.pressed = f.heard > read.Version
	}
	return len(read.Changes), nil
}

// batches cuts a stretch of the log where a batch has enough objects; the
// changes of one version stay together.
func batches(changes []storage.Change) func(yield func(*batch) bool) {
	return func(yield func(*batch) bool) {
		b := newBatch()
		for i := range changes {
			if b.size() >= applyAtOnce && changes[i].Version != b.to {
				if !yield(b) {
					return
				}
				b = newBatch()
			}
			b.add(&changes[i])
		}
		yield(b)
	}
}

// apply brings a batch into the index, makes it visible, and stores that. A
// process that dies anywhere in between leaves a checkpoint that is too low,
// never one that is too high; doing it all again does no harm.
func (f *follower) apply(ctx context.Context, b *batch) (err error) {
	ctx, end := f.x.Trace(ctx, "index batch")
	defer func() { end(err) }()
	if b.size() > 0 {
		if err := f.send(ctx, b); err != nil {
			return err
		}
		if err := f.x.refresh(ctx, f.index); err != nil {
			return err
		}
	}
	f.heard = f.x.heard.Load()
	if err := f.save(ctx, b.to); err != nil {
		return err
	}
	f.x.stats.batches.Add(1)
	f.x.observe(Event{Kind: Applied, Index: f.index, Version: f.version, Objects: b.size()})
	return nil
}

// send gives the batch to the index.
func (f *follower) send(ctx context.Context, b *batch) error {
	if err := f.readLetters(ctx); err != nil {
		return err
	}
	s := f.x.newSender(f.index)
	var taken []storage.DeadLetter
	pass := func(op search.Operation) error {
		if _, buried := f.buried[object{op.Noun, op.ID}]; buried {
			taken = append(taken, storage.DeadLetter{Index: f.index, Noun: op.Noun, ID: op.ID, Version: op.Version})
		}
		return s.add(ctx, op)
	}
	if err := s.close(ctx, f.pass(ctx, b, pass)); err != nil {
		f.buried = nil // what was stored of it is read again
		return err
	}
	return f.forget(ctx, taken, s.dead)
}

// pass hands every operation of the batch on, those of the log first.
func (f *follower) pass(ctx context.Context, b *batch, pass func(search.Operation) error) error {
	for _, op := range b.done {
		if err := pass(op); err != nil {
			return err
		}
	}
	return f.x.fetch(ctx, slices.Collect(maps.Keys(b.fetched)), pass)
}

// readLetters learns once what the index has refused before.
func (f *follower) readLetters(ctx context.Context) error {
	if f.buried != nil {
		return nil
	}
	return bounded(ctx, storeTimeout, func(ctx context.Context) error {
		letters, err := f.x.Store.DeadLetters(ctx, f.index)
		if err != nil {
			return err
		}
		f.buried = map[object]int64{}
		for _, l := range letters {
			f.buried[object{l.Noun, l.ID}] = l.Version
		}
		return nil
	})
}

// forget removes the letters about objects that the index has taken by now.
func (f *follower) forget(ctx context.Context, taken, refused []storage.DeadLetter) error {
	for _, l := range refused {
		f.buried[object{l.Noun, l.ID}] = l.Version
	}
	taken = slices.DeleteFunc(taken, func(l storage.DeadLetter) bool {
		return slices.ContainsFunc(refused, func(r storage.DeadLetter) bool { return r.Noun == l.Noun && r.ID == l.ID })
	})
	if len(taken) == 0 {
		return nil
	}
	for _, l := range taken {
		delete(f.buried, object{l.Noun, l.ID})
	}
	return bounded(ctx, storeTimeout, func(ctx context.Context) error { return f.x.Store.Exhume(ctx, taken) })
}

// save stores the checkpoint.
func (f *follower) save(ctx context.Context, version int64) error {
	return bounded(ctx, storeTimeout, func(ctx context.Context) (err error) {
		if f.live, err = f.x.Store.SaveCheckpoint(ctx, f.index, version); err == nil {
			f.version = version
		}
		return err
	})
}

// catchUp carries over everything up to the version, or, with version 0, up to
// where the log ended when it was last read. Beyond that there is always more
// while writes come faster than a refresh takes.
func (f *follower) catchUp(ctx context.Context, version int64) error {
	for version == 0 || f.version < version {
		n, err := f.step(ctx)
		if err != nil {
			return err
		}
		if n == 0 || version == 0 && f.lag == 0 {
			break
		}
	}
	return nil
}

// refresh is the index's method with a deadline.
func (x *Indexer) refresh(ctx context.Context, index string) error {
	return bounded(ctx, adminTimeout, func(ctx context.Context) error { return x.Index.Refresh(ctx, index) })
}

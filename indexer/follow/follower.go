package follow

import (
	"context"
	"fmt"
	"slices"

	"marquee/indexer/bulk"
	"marquee/indexer/pair"
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

// Follower carries the change log into one physical index. It is not safe for
// concurrent use.
type Follower struct {
	*pair.Pair
	Name string
	// version is the checkpoint: the index holds every change up to it.
	version int64
	// lag is how far the log was ahead of it when it was last read.
	lag int64
	// buried are the objects that the index refused, with the version of the dead
	// letter; nil until they are read.
	buried map[pair.Object]int64
	// live are the live indices at the last checkpoint.
	live []storage.Checkpoint
	// busy reports whether writes arrived while the last batch was made searchable.
	busy bool
}

// NewFollower makes a follower of an index with a checkpoint.
func NewFollower(p *pair.Pair, index string, checkpoint int64) *Follower {
	return &Follower{Pair: p, Name: index, version: checkpoint}
}

// Version returns the checkpoint.
func (f *Follower) Version() int64 { return f.version }

// step carries over the changes after the checkpoint, at most about readAtOnce, and
// returns how many there were.
func (f *Follower) step(ctx context.Context) (int, error) {
	var read *storage.Changes
	err := pair.OnStore(ctx, func(ctx context.Context) (err error) {
		read, err = f.Store.Changes(ctx, f.version, readAtOnce)
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
		notified, err := f.apply(ctx, b)
		if err != nil {
			return 0, fmt.Errorf("carry changes %d to %d into %s: %w", f.version+1, b.to, f.Name, err)
		}
		f.lag = read.Version - f.version
		f.busy = notified > read.Version
	}
	return len(read.Changes), nil
}

// apply writes a batch to the index, makes it visible, and saves the checkpoint. It
// returns the last version that was notified until the batch was visible. A process
// that dies in between leaves a checkpoint that is too low, never one that is too
// high; doing it all again does no harm.
func (f *Follower) apply(ctx context.Context, b *batch) (notified int64, err error) {
	ctx, end := f.Trace(ctx, "index batch")
	defer func() { end(err) }()
	if b.size() > 0 {
		if err := f.write(ctx, b); err != nil {
			return 0, err
		}
		if err := f.Refresh(ctx, f.Name); err != nil {
			return 0, err
		}
	}
	notified = f.Notified.Load()
	if err := f.Save(ctx, b.to); err != nil {
		return 0, err
	}
	f.Counts.Batches.Add(1)
	f.Stepped()
	return notified, nil
}

// write writes a batch to the index. It removes the dead letters of objects that
// the index takes.
func (f *Follower) write(ctx context.Context, b *batch) error {
	if err := f.readLetters(ctx); err != nil {
		return err
	}
	w := bulk.NewWriter(f.Pair, f.Name)
	var taken []storage.DeadLetter
	pass := func(op search.Operation) error {
		if _, buried := f.buried[pair.ObjectOf(&op)]; buried {
			taken = append(taken, storage.DeadLetter{Index: f.Name, Noun: op.Noun, ID: op.ID, Version: op.Version})
		}
		return w.Add(ctx, op)
	}
	if err := w.Close(ctx, b.each(ctx, f.Pair, pass)); err != nil {
		f.buried = nil // some letters may be stored: read them again
		return err
	}
	return f.forget(ctx, taken, w.Dead())
}

// readLetters reads once which objects the index has refused before.
func (f *Follower) readLetters(ctx context.Context) error {
	if f.buried != nil {
		return nil
	}
	letters, err := f.DeadLetters(ctx, f.Name)
	if err != nil {
		return err
	}
	f.buried = map[pair.Object]int64{}
	for _, l := range letters {
		f.buried[pair.Object{Noun: l.Noun, ID: l.ID}] = l.Version
	}
	return nil
}

// forget removes the dead letters of objects that the index has taken by now.
func (f *Follower) forget(ctx context.Context, taken, refused []storage.DeadLetter) error {
	for _, l := range refused {
		f.buried[pair.Object{Noun: l.Noun, ID: l.ID}] = l.Version
	}
	taken = slices.DeleteFunc(taken, func(l storage.DeadLetter) bool {
		return slices.ContainsFunc(refused, func(r storage.DeadLetter) bool { return r.Noun == l.Noun && r.ID == l.ID })
	})
	for _, l := range taken {
		delete(f.buried, pair.Object{Noun: l.Noun, ID: l.ID})
	}
	return f.Exhume(ctx, taken)
}

// Save saves the checkpoint.
func (f *Follower) Save(ctx context.Context, version int64) error {
	return pair.OnStore(ctx, func(ctx context.Context) (err error) {
		if f.live, err = f.Store.SaveCheckpoint(ctx, f.Name, version); err == nil {
			f.version = version
		}
		return err
	})
}

// CatchUp carries over everything up to a version. With version 0 it goes up to the
// end of the log when it was last read: beyond that there is always more while
// writes come faster than a refresh takes.
func (f *Follower) CatchUp(ctx context.Context, version int64) error {
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

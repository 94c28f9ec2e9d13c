package stream

import (
	"context"
	"sync"

	"marquee/storage"
)

const (
	// batchBytes bounds the events that a reader holds while it sends them, beside a
	// single event that is larger. A thousand slow readers hold 16 MB at most.
	batchBytes = 16 << 10
	// pageChanges is how many changes one read of the log returns. Most fill a batch.
	pageChanges = 16
	// maxRecent is the number of batches that are shared. Readers at the end of the log
	// need the last one, those that lag together one more.
	maxRecent = 8
)

// event is a change, encoded once for all readers.
type event struct {
	at   storage.LogPosition
	noun *storage.Noun
	// whole is for editors, public for the public. They are mostly the same bytes.
	whole, public []byte
}

// batch is a part of the log. Readers share it and do not change it.
type batch struct {
	events []event
	// next is the position after the batch.
	next storage.LogPosition
	// lost is true when changes after the position were pruned. oldest is then the
	// version to continue from at the earliest, version the catalogue's.
	lost            bool
	oldest, version int64
}

// recent are the last batches, by the position that they begin at.
type recent struct {
	mu      sync.Mutex
	batches map[storage.LogPosition]*batch
	order   []storage.LogPosition // oldest first
}

// find returns the batch at a position, or the one that make returns, which it stores.
// A nil batch is not stored. Others wait while make runs.
func (r *recent) find(at storage.LogPosition, make func() (*batch, error)) (*batch, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b := r.batches[at]; b != nil {
		return b, nil
	}
	b, err := make()
	if b == nil || err != nil {
		return nil, err
	}
	r.store(at, b)
	return b, nil
}

// store stores a batch in place of the oldest. The caller holds the lock.
func (r *recent) store(at storage.LogPosition, b *batch) {
	if r.batches == nil {
		r.batches = map[storage.LogPosition]*batch{}
	}
	if len(r.order) == maxRecent {
		delete(r.batches, r.order[0])
		r.order = r.order[1:]
	}
	r.batches[at] = b
	r.order = append(r.order, at)
}

// inMemory returns the batch at a position, nil if the tail does not have it.
func (f *Feed) inMemory(at storage.LogPosition) (*batch, error) {
	return f.recent.find(at, func() (*batch, error) {
		c := collector{feed: f}
		upTo, known := f.config.Tail.After(at, c.add)
		if !known {
			return nil, nil
		}
		return c.batch(upTo), c.err
	})
}

// errNoTurn reports that other reads of the log took too long.
var errNoTurn = storage.Errorf(storage.Unavailable, "other reads of the change log did not end in time")

// fromStore reads the batch at a position. Readers at one position share the read.
func (f *Feed) fromStore(at storage.LogPosition) (*batch, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readTimeout)
	defer cancel()
	select {
	case f.turns <- struct{}{}:
		defer func() { <-f.turns }()
	case <-ctx.Done():
		return nil, errNoTurn
	}
	f.counts.reads.Add(1)
	read, err := f.config.Log.ChangesAfter(ctx, at, pageChanges)
	switch {
	case err != nil:
		return nil, err
	case at.Whole() < read.Pruned:
		return &batch{lost: true, oldest: read.Pruned, version: read.Version}, nil
	case at.Version > read.Version:
		return nil, storage.Errorf(storage.Unavailable, "the change log ends at version %d, a reader is at %d", read.Version, at.Version)
	}
	c := collector{feed: f}
	for i := range read.Changes {
		if !c.add(&read.Changes[i]) {
			break
		}
	}
	c.full = c.full || len(read.Changes) == pageChanges
	b := c.batch(read.Version)
	if c.err == nil {
		_, _ = f.recent.find(at, func() (*batch, error) { return b, nil })
	}
	return b, c.err
}

// collector encodes changes until a batch is full.
type collector struct {
	feed   *Feed
	events []event
	bytes  int
	full   bool
	err    error
}

// add adds a change. It returns false when the change does not fit.
func (c *collector) add(change *storage.Change) bool {
	if c.full = c.bytes >= batchBytes; c.full {
		return false
	}
	whole, public, err := c.feed.config.Encode(change)
	if err != nil {
		c.err = err
		return false
	}
	if n := c.bytes + len(whole); n > batchBytes && len(c.events) > 0 {
		c.full = true
		return false
	}
	c.bytes += len(whole)
	c.events = append(c.events, event{storage.PositionOf(change), change.Noun, whole, public})
	return true
}

// batch returns the batch. upTo is the version up to which it is complete, unless it is
// full.
func (c *collector) batch(upTo int64) *batch {
	b := &batch{events: c.events, next: storage.AfterVersion(upTo)}
	if n := len(c.events); c.full && n > 0 {
		b.next = c.events[n-1].at
	}
	return b
}

package follow

import (
	"context"
	"maps"
	"slices"

	"marquee/indexer/pair"
	"marquee/search"
	"marquee/storage"
)

// batch is a part of the change log, reduced to the last change of each object.
type batch struct {
	// to is the version that the batch ends at.
	to int64
	// known are the operations whose documents are in the log. fetched are the objects
	// whose documents have to be read from the catalogue.
	known   map[pair.Object]search.Operation
	fetched map[pair.Object]bool
}

func newBatch() *batch {
	return &batch{known: map[pair.Object]search.Operation{}, fetched: map[pair.Object]bool{}}
}

// size is the number of objects in the batch.
func (b *batch) size() int { return len(b.known) + len(b.fetched) }

// batches cuts a part of the log into batches of about applyAtOnce objects. The
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

// add adds the next change of the log. A creation or an update has the document,
// and its version is the object's own. A touch has the document, but not the
// object's own version, and an import has neither: these objects are fetched.
func (b *batch) add(c *storage.Change) {
	b.to = c.Version
	if !search.Indexed(c.Noun) {
		return
	}
	for _, id := range c.IDs {
		o := pair.Object{Noun: c.Noun, ID: id}
		switch c.Operation {
		case storage.Create, storage.Update:
			delete(b.fetched, o)
			b.known[o] = search.Operation{Version: c.Version, Noun: c.Noun, ID: id, Document: c.After, ObjectVersion: c.Version}
		case storage.Delete:
			delete(b.fetched, o)
			b.known[o] = search.Operation{Version: c.Version, Noun: c.Noun, ID: id}
		default:
			delete(b.known, o)
			b.fetched[o] = true
		}
	}
}

// each calls pass with every operation of the batch, the known ones first.
func (b *batch) each(ctx context.Context, p *pair.Pair, pass func(search.Operation) error) error {
	for _, op := range b.known {
		if err := pass(op); err != nil {
			return err
		}
	}
	return p.Fetch(ctx, slices.Collect(maps.Keys(b.fetched)), pass)
}

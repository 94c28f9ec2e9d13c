package indexer

import (
	"context"
	"slices"

	"marquee/search"
	"marquee/storage"
)

// object is what an operation is about.
type object struct {
	noun *storage.Noun
	id   string
}

// batch is a stretch of the log as what it comes to: for each object, its last
// change.
type batch struct {
	// to is the version that the batch ends at.
	to int64
	// done are the operations that the log itself spells out; fetched are the
	// objects of which it only says that they changed.
	done    map[object]search.Operation
	fetched map[object]bool
}

func newBatch() *batch {
	return &batch{done: map[object]search.Operation{}, fetched: map[object]bool{}}
}

// size is the number of objects that the batch is about.
func (b *batch) size() int { return len(b.done) + len(b.fetched) }

// add takes the next change of the log. A creation or an update carries the
// document, at whose version the object itself was written. A touch carries
// the document too, but not the object's own version, and an import carries
// neither: those are read from the catalogue.
func (b *batch) add(c *storage.Change) {
	b.to = c.Version
	if !search.Indexed(c.Noun) {
		return
	}
	for _, id := range c.IDs {
		o := object{c.Noun, id}
		switch c.Operation {
		case storage.Create, storage.Update:
			delete(b.fetched, o)
			b.done[o] = search.Operation{Version: c.Version, Noun: c.Noun, ID: id, Document: c.After, ObjectVersion: c.Version}
		case storage.Delete:
			delete(b.fetched, o)
			b.done[o] = search.Operation{Version: c.Version, Noun: c.Noun, ID: id}
		default:
			delete(b.done, o)
			b.fetched[o] = true
		}
	}
}

// fetchAtOnce is how many documents are read from the catalogue at a time.
const fetchAtOnce = 1000

// fetch reads the present documents of objects and passes on the operations that
// bring an index to them. An object that does not exist is taken out, at the
// version at which it was looked for.
func (x *Indexer) fetch(ctx context.Context, wanted []object, pass func(search.Operation) error) error {
	ids := map[*storage.Noun][]string{}
	for _, o := range wanted {
		ids[o.noun] = append(ids[o.noun], o.id)
	}
	for _, n := range storage.Nouns {
		for some := range slices.Chunk(ids[n], fetchAtOnce) {
			if err := x.fetchSome(ctx, n, some, pass); err != nil {
				return err
			}
		}
	}
	return nil
}

func (x *Indexer) fetchSome(ctx context.Context, n *storage.Noun, ids []string, pass func(search.Operation) error) error {
	found, at, err := x.documents(ctx, n, ids)
	if err != nil {
		return err
	}
	exists := make(map[string]bool, len(found))
	for i := range found {
		exists[found[i].Document.ID] = true
		if err := pass(operation(&found[i])); err != nil {
			return err
		}
	}
	for _, id := range ids {
		if exists[id] {
			continue
		}
		if err := pass(search.Operation{Version: at, Noun: n, ID: id}); err != nil {
			return err
		}
	}
	return nil
}

// documents is the store's method with a deadline.
func (x *Indexer) documents(ctx context.Context, n *storage.Noun, ids []string) (found []storage.Revision, at int64, err error) {
	err = bounded(ctx, storeTimeout, func(ctx context.Context) error {
		found, at, err = x.Store.Documents(ctx, n, ids)
		return err
	})
	return found, at, err
}

// operation indexes an object as it was read from the catalogue.
func operation(r *storage.Revision) search.Operation {
	return search.Operation{Version: r.DocumentVersion, Noun: r.Document.Noun, ID: r.Document.ID, Document: r.Document, ObjectVersion: r.Version}
}

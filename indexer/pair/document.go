package pair

import (
	"context"
	"slices"

	"marquee/search"
	"marquee/storage"
)

// Object names an object. Noun is nil for an object of an index whose noun this
// program does not know.
type Object struct {
	Noun *storage.Noun
	ID   string
}

// ObjectOf names the object of an operation.
func ObjectOf(op *search.Operation) Object { return Object{op.Noun, op.ID} }

// Operation makes the operation that indexes an object as the catalogue has it.
func Operation(r *storage.Revision) search.Operation {
	return search.Operation{Version: r.DocumentVersion, Noun: r.Document.Noun, ID: r.Document.ID, Document: r.Document, ObjectVersion: r.Version}
}

// readAtOnce is how many documents are read from the catalogue at a time, and how
// many dead letters are removed at a time.
const readAtOnce = 1000

// Documents reads objects of a noun that exist, and the version of the catalogue
// that they were read at.
func (p *Pair) Documents(ctx context.Context, n *storage.Noun, ids []string) (found []storage.Revision, at int64, err error) {
	err = OnStore(ctx, func(ctx context.Context) error {
		found, at, err = p.Store.Documents(ctx, n, ids)
		return err
	})
	return found, at, err
}

// EachDocument visits objects as the catalogue has them, with the version of the
// catalogue that they were read at. An object that does not exist is nil. An object of an
// unknown noun is nil at version 0.
func (p *Pair) EachDocument(ctx context.Context, wanted []Object, visit func(o Object, r *storage.Revision, at int64) error) error {
	ids := map[*storage.Noun][]string{}
	for _, o := range wanted {
		ids[o.Noun] = append(ids[o.Noun], o.ID)
	}
	for _, n := range append(slices.Clone(storage.Nouns), nil) {
		for some := range slices.Chunk(ids[n], readAtOnce) {
			if err := p.eachOf(ctx, n, some, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// eachOf is EachDocument for a few objects of one noun.
func (p *Pair) eachOf(ctx context.Context, n *storage.Noun, ids []string, visit func(o Object, r *storage.Revision, at int64) error) error {
	var found []storage.Revision
	var at int64
	if n != nil {
		var err error
		if found, at, err = p.Documents(ctx, n, ids); err != nil {
			return err
		}
	}
	byID := make(map[string]*storage.Revision, len(found))
	for i := range found {
		byID[found[i].Document.ID] = &found[i]
	}
	for _, id := range ids {
		if err := visit(Object{n, id}, byID[id], at); err != nil {
			return err
		}
	}
	return nil
}

// Fetch passes on the operations that bring an index to the present documents of
// objects. An object that does not exist is removed, at the version that it was
// looked for at.
func (p *Pair) Fetch(ctx context.Context, wanted []Object, pass func(search.Operation) error) error {
	return p.EachDocument(ctx, wanted, func(o Object, r *storage.Revision, at int64) error {
		if r == nil {
			return pass(search.Operation{Version: at, Noun: o.Noun, ID: o.ID})
		}
		return pass(Operation(r))
	})
}

// DeadLetters reads the dead letters of an index.
func (p *Pair) DeadLetters(ctx context.Context, index string) (letters []storage.DeadLetter, err error) {
	err = OnStore(ctx, func(ctx context.Context) error {
		letters, err = p.Store.DeadLetters(ctx, index)
		return err
	})
	return letters, err
}

// Exhume removes dead letters of objects that the index has taken by now.
func (p *Pair) Exhume(ctx context.Context, letters []storage.DeadLetter) error {
	for some := range slices.Chunk(letters, readAtOnce) {
		if err := OnStore(ctx, func(ctx context.Context) error { return p.Store.Exhume(ctx, some) }); err != nil {
			return err
		}
	}
	return nil
}

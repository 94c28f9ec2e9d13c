// Package creation decides what a creation stores. It checks new objects by the rules of
// requests: one against the database, or a run of them in memory, where each meets those
// before it.
package creation

import (
	"context"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/reference"
	"marquee/storage/postgres/schema"
)

// Catalogue is what a new object is checked against.
type Catalogue interface {
	reference.Catalogue
	// Above returns the ids of the parents of an object, outermost first. NotFound if it
	// does not exist, or not under the given parents, which may be nil.
	Above(ctx context.Context, n *storage.Noun, id string, given []string) ([]string, error)
}

// Database is the catalogue in a database.
type Database struct{ reference.Database }

// In returns the catalogue in a database.
func In(db pool.Querier) Database { return Database{reference.Database{Querier: db}} }

// Above returns the ids of the parents of an object.
func (db Database) Above(ctx context.Context, n *storage.Noun, id string, given []string) ([]string, error) {
	t := schema.Of(n)
	r, err := t.Read(ctx, db, id, given)
	if err != nil {
		return nil, err
	}
	above := make([]string, len(t.Parents))
	for i := range above {
		above[i] = r.Parent(i)
	}
	return above, nil
}

// Draft returns the object that a creation asks for, and the names in it that no object
// has: their objects are created first. The error of an invalid object has all faults.
func Draft(ctx context.Context, c Catalogue, w *edit.Write) (*storage.Document, reference.Missing, error) {
	d := storage.NewDocument(w.Noun)
	faults, err := place(ctx, c, w, d)
	if err != nil {
		return nil, nil, err
	}
	d, applied := w.Edit.Apply(d, true)
	faults = append(faults, applied...)
	if w.Noun.Slug {
		id, fault := w.Edit.Identify(d)
		if d.ID = id; fault != nil {
			faults = append(faults, *fault)
		}
	}
	missing, unresolved, err := reference.Resolve(ctx, c, w.Edit, d)
	if err != nil {
		return nil, nil, err
	}
	if faults = append(faults, unresolved...); len(faults) > 0 {
		return d, nil, storage.InvalidObject(w.Noun, faults)
	}
	return d, missing, nil
}

// place sets the ids of a new child's parents. An unknown parent in the path is not
// found; an unknown one in the body is a fault.
func place(ctx context.Context, c Catalogue, w *edit.Write, d *storage.Document) ([]storage.Fault, error) {
	parent := w.Noun.Parent()
	if parent == nil {
		return nil, nil
	}
	field := parent.IDName()
	id, _ := w.Edit.Asserted[field].(string)
	var given []string
	switch {
	case w.Parents != nil:
		id, given = w.Parents[len(w.Parents)-1], w.Parents[:len(w.Parents)-1]
	case w.Edit.Faulty("/" + field):
		return nil, nil
	case id == "":
		return []storage.Fault{{Pointer: "/" + field, Reason: "is required, because the path does not name the " + parent.Name}}, nil
	}
	above, err := c.Above(ctx, parent, id, given)
	if w.Parents == nil && storage.CodeOf(err) == storage.NotFound {
		return []storage.Fault{{Pointer: "/" + field, Value: storage.Excerpt(id), Reason: "is not the id of a " + parent.Name}}, nil
	}
	if err != nil {
		return nil, err
	}
	d.Fields[field] = id
	for i, f := range schema.Of(parent).Parents {
		d.Fields[f.Name] = above[i]
	}
	return misplaced(w, d), nil
}

// misplaced returns the faults of parents in the body that contradict the document's.
func misplaced(w *edit.Write, d *storage.Document) []storage.Fault {
	var faults []storage.Fault
	for _, f := range schema.Of(w.Noun).Parents {
		if v := w.Edit.Asserted[f.Name]; v != nil && v != d.Fields[f.Name] {
			faults = append(faults, storage.Fault{Pointer: "/" + f.Name, Value: storage.Excerpt(v), Reason: "names another parent than the path or the other parent"})
		}
	}
	return faults
}

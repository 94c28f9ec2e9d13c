package write

import (
	"context"
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/postgres/schema"
)

func (w *operation) create(ctx context.Context) (*storage.Object, error) {
	d := storage.NewDocument(w.Noun)
	faults, err := w.place(ctx, d)
	if err != nil {
		return nil, err
	}
	d, applied := w.Edit.Apply(d, true)
	faults = append(faults, applied...)
	if w.Noun.Slug {
		id, fault := w.Edit.Identify(d)
		if d.ID = id; fault != nil {
			faults = append(faults, *fault)
		}
	}
	if err := w.refer(ctx, d, faults); err != nil {
		return nil, err
	}
	return w.insert(ctx, d)
}

// place sets the ids of a new child's parents. An unknown parent in the path is not
// found; an unknown one in the body is a fault.
func (w *operation) place(ctx context.Context, d *storage.Document) ([]storage.Fault, error) {
	parent := w.Noun.Parent()
	if parent == nil {
		return nil, nil
	}
	field := parent.IDName()
	id, _ := w.Edit.Asserted[field].(string)
	var above []string
	switch {
	case w.Parents != nil:
		id, above = w.Parents[len(w.Parents)-1], w.Parents[:len(w.Parents)-1]
	case w.Edit.Faulty("/" + field):
		return nil, nil
	case id == "":
		return []storage.Fault{{Pointer: "/" + field, Reason: "is required, because the path does not name the " + parent.Name}}, nil
	}
	r, err := schema.Of(parent).Read(ctx, w.tx, id, above)
	if w.Parents == nil && storage.CodeOf(err) == storage.NotFound {
		return []storage.Fault{{Pointer: "/" + field, Value: storage.Excerpt(id), Reason: "is not the id of a " + parent.Name}}, nil
	}
	if err != nil {
		return nil, err
	}
	d.Fields[field] = id
	for i, f := range schema.Of(parent).Parents {
		d.Fields[f.Name] = r.Parent(i)
	}
	return w.misplaced(d), nil
}

// misplaced returns the faults of parents in the body that contradict the document's.
func (w *operation) misplaced(d *storage.Document) []storage.Fault {
	var faults []storage.Fault
	for _, f := range w.table.Parents {
		if v := w.Edit.Asserted[f.Name]; v != nil && v != d.Fields[f.Name] {
			faults = append(faults, storage.Fault{Pointer: "/" + f.Name, Value: storage.Excerpt(v), Reason: "names another parent than the path or the other parent"})
		}
	}
	return faults
}

// insert stores a complete document with its references, counts it in its parents,
// and logs it.
func (w *operation) insert(ctx context.Context, d *storage.Document) (*storage.Object, error) {
	t := schema.Of(d.Noun)
	if t.Clocked {
		d.Fields["added"], d.Fields["modified"] = w.tx.Now, w.tx.Now
	}
	if err := w.respelled(ctx, d); err != nil {
		return nil, err
	}
	columns, args := w.tx.NewColumns(d)
	if d.Noun.Slug {
		columns, args = append(columns, "id"), append(args, d.ID)
	}
	placeholders := make([]string, len(args))
	for i := range placeholders {
		placeholders[i] = fmt.Sprintf("$%d", i+1)
	}
	var r schema.Row
	err := w.tx.QueryRow(ctx, `INSERT INTO `+t.Name+` AS t (`+strings.Join(columns, ", ")+`) VALUES (`+strings.Join(placeholders, ", ")+`) RETURNING `+t.Columns,
		args...).Scan(t.Targets(&r)...)
	if err != nil {
		return nil, w.conflict(d, err)
	}
	d.ID = r.ID()
	w.tx.Charge(w.tx.Owner, r.Size())
	w.record(storage.Create, d, 0, nil)
	w.link(d)
	w.tx.WriteTexts(d)
	if err := w.tx.CountChild(ctx, d, 1); err != nil {
		return nil, err
	}
	if err := w.tx.Log(storage.Create, nil, d); err != nil {
		return nil, err
	}
	return t.Object(&r)
}

// link queues the rows of the document's references: it deletes those that it no
// longer has, and inserts the new ones.
func (w *operation) link(d *storage.Document) {
	for _, l := range schema.Of(d.Noun).Links {
		from, to := schema.Key(l.From, d.ID), schema.Keys(l.To, l.IDs(d))
		w.tx.Pending.Queue(fmt.Sprintf(`DELETE FROM %s WHERE %s = $1 AND %s <> ALL($2::%s[])`, l.Name, l.FromColumn(), l.ToColumn(), schema.KeyType(l.To)), from, to)
		w.tx.Pending.Queue(fmt.Sprintf(`INSERT INTO %s (%s, %s) SELECT $1, unnest($2::%s[]) ON CONFLICT DO NOTHING`, l.Name, l.FromColumn(), l.ToColumn(), schema.KeyType(l.To)), from, to)
	}
}

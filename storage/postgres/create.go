package postgres

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/textform"
)

func (w *writing) create(ctx context.Context) (*storage.Object, error) {
	d := storage.NewDocument(w.Noun)
	faults, err := w.place(ctx, d)
	if err != nil {
		return nil, err
	}
	d, applied := w.Edit.Apply(d, true)
	faults = append(faults, applied...)
	if fault := w.identify(d); fault != nil {
		faults = append(faults, *fault)
	}
	if err := w.refer(ctx, d, faults); err != nil {
		return nil, err
	}
	return w.insert(ctx, d)
}

// identify gives a slug noun its id, which must have the form of one.
func (w *writing) identify(d *storage.Document) *storage.Fault {
	if !w.Noun.Slug {
		return nil
	}
	id, given := w.Edit.Asserted["id"].(string)
	if !given {
		id = textform.Slug(d.Label())
	}
	d.ID = id
	switch {
	case w.Noun.ValidID(id):
		return nil
	case given:
		return &storage.Fault{Pointer: "/id", Value: storage.Excerpt(id), Reason: "must be " + w.Noun.IDForm()}
	case d.Label() == "":
		return nil // the missing label is a fault already
	}
	return &storage.Fault{Pointer: "/id", Reason: "is required, because none can be made from the " + w.Noun.Label, Allowed: w.Noun.IDForm()}
}

// place finds the parents of a new part and puts their ids into it. A parent
// that the path names wrongly is not found; one in the body is a fault.
func (w *writing) place(ctx context.Context, d *storage.Document) ([]storage.Fault, error) {
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
	r, err := tables[parent].read(ctx, w.tx, id, above)
	if w.Parents == nil && storage.CodeOf(err) == storage.NotFound {
		return []storage.Fault{{Pointer: "/" + field, Value: storage.Excerpt(id), Reason: "is not the id of a " + parent.Name}}, nil
	}
	if err != nil {
		return nil, err
	}
	d.Fields[field] = id
	for i, f := range tables[parent].parents {
		d.Fields[f.Name] = fmt.Sprint(r.parents[i].Int64)
	}
	var faults []storage.Fault
	for _, f := range w.table.parents {
		if v := w.Edit.Asserted[f.Name]; v != nil && v != d.Fields[f.Name] {
			faults = append(faults, storage.Fault{Pointer: "/" + f.Name, Value: storage.Excerpt(v), Reason: "names another parent than the path or the other parent"})
		}
	}
	return faults, nil
}

// insert stores a complete document with its references, tells its parents,
// and logs it all.
func (w *writing) insert(ctx context.Context, d *storage.Document) (*storage.Object, error) {
	t := tables[d.Noun]
	if t.clocked {
		d.Fields["added"], d.Fields["modified"] = w.now, w.now
	}
	columns, args := t.written(d, w.version, w.owner)
	if d.Noun.Slug {
		columns, args = append(columns, "id"), append(args, d.ID)
	}
	marks := make([]string, len(args))
	for i := range marks {
		marks[i] = fmt.Sprintf("$%d", i+1)
	}
	var r row
	err := w.tx.QueryRow(ctx, `INSERT INTO `+t.name+` AS t (`+strings.Join(columns, ", ")+`) VALUES (`+strings.Join(marks, ", ")+`) RETURNING `+t.columns,
		args...).Scan(t.targets(&r)...)
	if err != nil {
		return nil, w.conflict(d, err)
	}
	d.ID = r.id()
	w.charge(w.owner, len(r.document))
	w.record(storage.Create, d, 0, nil)
	w.learn(d)
	for _, l := range t.links {
		w.link(l, d)
	}
	if err := w.countChild(ctx, d, 1); err != nil {
		return nil, err
	}
	if err := w.log(storage.Create, nil, d); err != nil {
		return nil, err
	}
	return t.object(&r)
}

// written lists the columns that a new row gets beside its id, with the values.
func (t *table) written(d *storage.Document, version int64, owner pgtype.Text) ([]string, []any) {
	columns := []string{"version", "document_version", "document", "owner"}
	args := []any{version, version, d.AppendStored(nil), owner}
	if t.noun.Label != "" {
		columns, args = append(columns, "sort_key"), append(args, []byte(textform.SortKey(d.Label())))
	}
	if t.folded {
		columns, args = append(columns, "folded"), append(args, textform.Fold(d.Label()))
	}
	for _, f := range t.parents {
		columns, args = append(columns, f.Name), append(args, key(storage.NounByName(strings.TrimSuffix(f.Name, "_id")), d.Fields[f.Name].(string)))
	}
	for _, f := range d.Noun.FieldsFrom(storage.Count, storage.Clock) {
		columns, args = append(columns, f.Name), append(args, d.Fields[f.Name])
	}
	return t.search(d, columns, args)
}

// link queues the rows of the document's references: what is there too much
// goes, what is missing comes.
func (w *writing) link(l link, d *storage.Document) {
	from, to := key(l.from, d.ID), keys(l.to, referred(d, l))
	w.pending.Queue(fmt.Sprintf(`DELETE FROM %s WHERE %s = $1 AND %s <> ALL($2::%s[])`, l.name, l.fromColumn(), l.toColumn(), keyType(l.to)), from, to)
	w.pending.Queue(fmt.Sprintf(`INSERT INTO %s (%s, %s) SELECT $1, unnest($2::%s[]) ON CONFLICT DO NOTHING`, l.name, l.fromColumn(), l.toColumn(), keyType(l.to)), from, to)
}

// countChild tells the ancestors of a part that it came or went.
func (w *writing) countChild(ctx context.Context, d *storage.Document, by int64) error {
	for _, p := range d.Noun.Parents {
		count := d.Noun.CountName()
		if p.Field(count) == nil {
			continue
		}
		t := tables[p]
		rows, err := w.tx.Query(ctx, `UPDATE `+t.name+` t SET `+count+` = `+count+` + $1, document_version = $2 WHERE id = $3 RETURNING `+t.columns,
			by, w.version, key(p, d.Fields[p.IDName()].(string)))
		if err != nil {
			return err
		}
		parents, err := t.collect(rows)
		if err != nil {
			return err
		}
		if err := w.names(ctx, parents...); err != nil {
			return err
		}
		for _, after := range parents {
			before := clone(after)
			before.Fields[count] = after.Fields[count].(int64) - by
			if err := w.log(storage.Touch, before, after); err != nil {
				return err
			}
		}
	}
	return nil
}

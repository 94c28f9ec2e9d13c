package write

import (
	"context"
	"fmt"

	"marquee/storage"
	"marquee/storage/postgres/commit"
	"marquee/storage/postgres/creation"
	"marquee/storage/postgres/history"
	"marquee/storage/postgres/schema"
)

func (w *operation) create(ctx context.Context) (*storage.Object, error) {
	d, missing, err := creation.Draft(ctx, creation.In(w.tx), w.Write)
	if err != nil {
		return nil, err
	}
	if err := w.createReferences(ctx, d, missing); err != nil {
		return nil, err
	}
	return w.insert(ctx, d)
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
	var r schema.Row
	err := w.tx.QueryRow(ctx, commit.Insert(t.Name, columns)+` RETURNING `+t.Columns, args...).Scan(t.Targets(&r)...)
	if err != nil {
		return nil, w.conflict(d, err)
	}
	d.ID = r.ID()
	w.tx.Charge(w.tx.Owner, r.Size())
	w.journal.Add(history.Event{Operation: storage.Create, After: d})
	w.link(d)
	w.tx.WriteTexts(d)
	w.tx.Suggest(d)
	if err := w.tx.CountChild(ctx, d, 1); err != nil {
		return nil, err
	}
	w.tx.Log(storage.Create, nil, d)
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

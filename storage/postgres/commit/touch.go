package commit

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// CountChild adds to the counts of the ancestors of a child that was created or
// deleted, and logs their changes.
func (tx *Tx) CountChild(ctx context.Context, d *storage.Document, by int64) error {
	for _, p := range d.Noun.Parents {
		count := d.Noun.CountName()
		if p.Field(count) == nil {
			continue
		}
		t := schema.Of(p)
		rows, err := tx.Query(ctx, `UPDATE `+t.Name+` t SET `+count+` = `+count+` + $1, document_version = $2 WHERE id = $3 RETURNING `+t.Columns,
			by, tx.Version, schema.Key(p, d.Fields[p.IDName()].(string)))
		if err != nil {
			return err
		}
		parents, err := t.Collect(rows)
		if err != nil {
			return err
		}
		if err := tx.SetNames(ctx, parents...); err != nil {
			return err
		}
		for _, after := range parents {
			before := clone(after)
			before.Fields[count] = after.Fields[count].(int64) - by
			tx.Log(storage.Touch, before, after)
		}
	}
	return nil
}

// maxTouched is how many objects the renames of one transaction log with their documents.
// A larger rename logs only ids, as an import does: readers fetch the documents.
const maxTouched = 1000

// Referrers are the objects that show the label of another one.
type Referrers struct {
	// before has the documents, unless there are too many.
	before map[*storage.Noun][]*storage.Document
	ids    map[*storage.Noun][]string
}

// Referrers reads the objects that refer to d, with the names that they show before
// the write.
func (tx *Tx) Referrers(ctx context.Context, d *storage.Document) (*Referrers, error) {
	r := &Referrers{before: map[*storage.Noun][]*storage.Document{}, ids: map[*storage.Noun][]string{}}
	for _, l := range schema.LinksTo(d.Noun) {
		rows, err := tx.Query(ctx, fmt.Sprintf(`SELECT %s::text FROM %s WHERE %s = $1 ORDER BY %s`, l.FromColumn(), l.Name, l.ToColumn(), l.FromColumn()), schema.Key(d.Noun, d.ID))
		if err != nil {
			return nil, err
		}
		ids, err := pool.Strings(rows)
		if err != nil {
			return nil, err
		}
		if r.ids[l.From] = ids; tx.touched+len(ids) > maxTouched {
			continue
		}
		tx.touched += len(ids)
		t := schema.Of(l.From)
		rows, err = tx.Query(ctx, `SELECT `+t.Columns+` FROM `+t.Name+` t WHERE id = ANY($1) ORDER BY id`, schema.Keys(l.From, ids))
		if err != nil {
			return nil, err
		}
		if r.before[l.From], err = t.Collect(rows); err != nil {
			return nil, err
		}
		if err := tx.SetNames(ctx, r.before[l.From]...); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// Touch logs that the referrers show another label, and updates their search
// columns. Nil referrers are none.
func (tx *Tx) Touch(ctx context.Context, r *Referrers) error {
	if r == nil {
		return nil
	}
	for _, n := range storage.Nouns {
		ids := r.ids[n]
		if len(ids) == 0 {
			continue
		}
		tx.Pending.Queue(`UPDATE `+n.Plural+` SET document_version = $1 WHERE id = ANY($2)`, tx.Version, schema.Keys(n, ids))
		var err error
		if before, read := r.before[n]; read {
			err = tx.touchFew(ctx, before)
		} else {
			err = tx.touchMany(ctx, n, ids)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// touchFew logs changes with documents.
func (tx *Tx) touchFew(ctx context.Context, before []*storage.Document) error {
	after := make([]*storage.Document, len(before))
	for i, d := range before {
		after[i] = clone(d)
	}
	if err := tx.SetNames(ctx, after...); err != nil {
		return err
	}
	if err := tx.RefreshSearched(ctx, after...); err != nil {
		return err
	}
	for i, d := range before {
		tx.Log(storage.Touch, d, after[i])
	}
	return nil
}

// touchMany logs ids, and updates the search columns of more objects than fit into
// memory.
func (tx *Tx) touchMany(ctx context.Context, n *storage.Noun, ids []string) error {
	tx.LogIDs(n, ids)
	t := schema.Of(n)
	if !t.Searched() {
		return nil
	}
	if err := tx.Send(ctx); err != nil {
		return err
	}
	for some := range slices.Chunk(ids, maxTouched) {
		page, err := t.Revisions(ctx, tx, `WHERE t.id = ANY($1)`, schema.Keys(n, some))
		if err != nil {
			return err
		}
		if err := tx.RefreshSearched(ctx, schema.Documents(page)...); err != nil {
			return err
		}
		if err := tx.Send(ctx); err != nil {
			return err
		}
	}
	return nil
}

// clone copies a document so that fields of the copy can be set.
func clone(d *storage.Document) *storage.Document {
	c := *d
	c.Fields = maps.Clone(d.Fields)
	return &c
}

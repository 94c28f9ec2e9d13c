package write

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/postgres/history"
	"marquee/storage/postgres/schema"
)

func (w *operation) delete(ctx context.Context) error {
	r, err := w.table.Read(ctx, w.tx, w.ID, w.Parents)
	if err != nil {
		return err
	}
	current, err := w.table.Document(r)
	if err != nil {
		return err
	}
	if w.Cascade && len(w.Noun.Listers()) > 0 {
		err = w.takeOut(ctx)
	} else {
		err = w.unreferenced(ctx)
	}
	if err != nil {
		return err
	}
	if err := w.removeChildren(ctx, current); err != nil {
		return err
	}
	removed, err := w.drop(ctx, `id = $1 AND ($2::bigint[] IS NULL OR version = ANY($2))`, []*storage.Document{current}, schema.Key(w.Noun, w.ID), w.Condition.Versions(current, r.Version()))
	if err != nil {
		return err
	}
	if removed == 0 {
		return errPrecondition
	}
	if err := w.tx.CountChild(ctx, current, -1); err != nil {
		return err
	}
	if err := w.tx.SetNames(ctx, current); err != nil {
		return err
	}
	w.tx.Log(storage.Delete, current, nil)
	return nil
}

// unreferenced refuses to delete an object that others refer to.
func (w *operation) unreferenced(ctx context.Context) error {
	var by []string
	for _, l := range schema.LinksTo(w.Noun) {
		var n int
		err := w.tx.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FROM %s WHERE %s = $1`, l.Name, l.ToColumn()), schema.Key(w.Noun, w.ID)).Scan(&n)
		if err != nil {
			return err
		}
		if n > 0 {
			by = append(by, quantity(n, l.From))
		}
	}
	if len(by) == 0 {
		return nil
	}
	advice := "remove those references first"
	if len(w.Noun.Listers()) > 0 {
		advice += ", or delete it with ?cascade=true, which takes it out of them"
	}
	return storage.Errorf(storage.Conflict, "%s %s is still referenced by %s: %s", w.Noun.Name, w.ID, strings.Join(by, " and "), advice)
}

// takeOut takes the object out of all lists of others. This is an update of each of them.
func (w *operation) takeOut(ctx context.Context) error {
	for _, l := range schema.LinksTo(w.Noun) {
		t := schema.Of(l.From)
		rows, err := w.tx.Query(ctx, fmt.Sprintf(`SELECT %s FROM %s t WHERE id IN (SELECT %s FROM %s WHERE %s = $1) ORDER BY id`,
			t.Columns, t.Name, l.FromColumn(), l.Name, l.ToColumn()), schema.Key(w.Noun, w.ID))
		if err != nil {
			return err
		}
		having, err := t.Rows(rows)
		if err != nil {
			return err
		}
		for _, r := range having {
			current, err := t.Document(r)
			if err != nil {
				return err
			}
			d := *current
			d.Fields = maps.Clone(current.Fields)
			l.Clone(&d)
			l.Drop(&d, w.ID)
			if err := w.tx.SetNames(ctx, current, &d); err != nil {
				return err
			}
			if _, err := w.save(ctx, r, current, &d, nil); err != nil {
				return err
			}
		}
	}
	return w.tx.Send(ctx) // no reference is left when the object goes
}

// quantity is a number of objects of a noun: "1 movie", "12 movies".
func quantity(n int, noun *storage.Noun) string {
	if n == 1 {
		return "1 " + noun.Name
	}
	return fmt.Sprintf("%d %s", n, noun.Plural)
}

// childless refuses to delete an object that has children.
func (w *operation) childless(ctx context.Context) error {
	var has []string
	for _, n := range storage.Nouns {
		if !slices.Contains(n.Parents, w.Noun) {
			continue
		}
		var children int
		err := w.tx.QueryRow(ctx, `SELECT count(*) FROM `+n.Plural+` WHERE `+w.Noun.IDName()+` = $1`, schema.Key(w.Noun, w.ID)).Scan(&children)
		if err != nil {
			return err
		}
		if children > 0 {
			has = append(has, quantity(children, n))
		}
	}
	if len(has) > 0 {
		return storage.Errorf(storage.Conflict, "%s %s still has %s: delete those first, or all together with ?cascade=true", w.Noun.Name, w.ID, strings.Join(has, " and "))
	}
	return nil
}

// removeChildren deletes and logs the children of d, innermost first. Without
// Cascade it fails if there are any.
func (w *operation) removeChildren(ctx context.Context, d *storage.Document) error {
	if !w.Cascade {
		return w.childless(ctx)
	}
	for _, n := range slices.Backward(storage.Nouns) {
		if !slices.Contains(n.Parents, w.Noun) {
			continue
		}
		t := schema.Of(n)
		rows, err := w.tx.Query(ctx, `SELECT `+t.Columns+` FROM `+t.Name+` t WHERE `+w.Noun.IDName()+` = $1 ORDER BY id`, schema.Key(w.Noun, d.ID))
		if err != nil {
			return err
		}
		children, err := t.Collect(rows)
		if err != nil {
			return err
		}
		if len(children) == 0 {
			continue
		}
		if err := w.remove(ctx, children); err != nil {
			return err
		}
	}
	return nil
}

// remove deletes and logs objects of one noun without children. The episodes of a
// deleted season are also subtracted from the count of the series.
func (w *operation) remove(ctx context.Context, docs []*storage.Document) error {
	if err := w.tx.SetNames(ctx, docs...); err != nil {
		return err
	}
	n := docs[0].Noun
	var ids []string
	for _, d := range docs {
		ids = append(ids, d.ID)
		w.tx.Log(storage.Delete, d, nil)
	}
	if _, err := w.drop(ctx, `id = ANY($1)`, docs, schema.Keys(n, ids)); err != nil {
		return err
	}
	if len(n.Parents) > 1 && w.Noun == n.Parent() {
		return w.tx.CountChild(ctx, docs[0], -int64(len(docs)))
	}
	return nil
}

// drop deletes the rows of documents of one noun that a condition allows, returns
// their storage to the owners, and records their states. It returns the number of
// rows.
func (w *operation) drop(ctx context.Context, condition string, docs []*storage.Document, args ...any) (int, error) {
	byID := map[string]*storage.Document{}
	for _, d := range docs {
		byID[d.ID] = d
	}
	if err := w.tx.Discount(ctx, docs[0].Noun, slices.Collect(maps.Keys(byID))...); err != nil {
		return 0, err
	}
	if err := w.tx.Unsuggest(ctx, docs[0].Noun, slices.Collect(maps.Keys(byID))...); err != nil {
		return 0, err
	}
	rows, err := w.tx.Query(ctx, `DELETE FROM `+docs[0].Noun.Plural+` WHERE `+condition+` RETURNING id::text, version, owner, octet_length(document::text)`, args...)
	if err != nil {
		return 0, err
	}
	dropped := 0
	var id string
	var version int64
	var owner pgtype.Text
	var size int
	_, err = pgx.ForEachRow(rows, []any{&id, &version, &owner, &size}, func() error {
		dropped++
		w.tx.Charge(owner, -size)
		w.journal.Add(history.Event{Operation: storage.Delete, Before: byID[id], Replaced: version, Owner: owner.String})
		return nil
	})
	return dropped, err
}

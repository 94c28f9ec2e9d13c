package postgres

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

func (w *writing) delete(ctx context.Context) error {
	r, err := w.table.read(ctx, w.tx, w.ID, w.Parents)
	if err != nil {
		return err
	}
	current, err := w.table.document(r)
	if err != nil {
		return err
	}
	if err := w.unreferenced(ctx); err != nil {
		return err
	}
	if err := w.removeChildren(ctx, current); err != nil {
		return err
	}
	removed, err := w.drop(ctx, `id = $1 AND ($2::bigint[] IS NULL OR version = ANY($2))`, []*storage.Document{current}, key(w.Noun, w.ID), w.IfMatch)
	if err != nil {
		return err
	}
	if removed == 0 {
		return errPrecondition
	}
	if err := w.countChild(ctx, current, -1); err != nil {
		return err
	}
	if err := w.names(ctx, current); err != nil {
		return err
	}
	return w.log(storage.Delete, current, nil)
}

// unreferenced refuses to delete what other objects refer to.
func (w *writing) unreferenced(ctx context.Context) error {
	var by []string
	for _, l := range linksTo(w.Noun) {
		var n int
		err := w.tx.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FROM %s WHERE %s = $1`, l.name, l.toColumn()), key(w.Noun, w.ID)).Scan(&n)
		if err != nil {
			return err
		}
		if n > 0 {
			by = append(by, count(n, l.from))
		}
	}
	if len(by) > 0 {
		return storage.Errorf(storage.Conflict, "%s %s is still referenced by %s: remove those references first", w.Noun.Name, w.ID, strings.Join(by, " and "))
	}
	return nil
}

// count says how many objects of a noun: "1 movie", "12 movies".
func count(n int, noun *storage.Noun) string {
	if n == 1 {
		return "1 " + noun.Name
	}
	return fmt.Sprintf("%d %s", n, noun.Plural)
}

// childless refuses to delete what has parts.
func (w *writing) childless(ctx context.Context) error {
	var has []string
	for _, n := range storage.Nouns {
		if !slices.Contains(n.Parents, w.Noun) {
			continue
		}
		var parts int
		err := w.tx.QueryRow(ctx, `SELECT count(*) FROM `+n.Plural+` WHERE `+w.Noun.IDName()+` = $1`, key(w.Noun, w.ID)).Scan(&parts)
		if err != nil {
			return err
		}
		if parts > 0 {
			has = append(has, count(parts, n))
		}
	}
	if len(has) > 0 {
		return storage.Errorf(storage.Conflict, "%s %s still has %s: delete those first, or all together with ?cascade=true", w.Noun.Name, w.ID, strings.Join(has, " and "))
	}
	return nil
}

// removeChildren deletes and logs the parts of d, innermost first, or refuses
// when there are any and the write does not cascade.
func (w *writing) removeChildren(ctx context.Context, d *storage.Document) error {
	if !w.Cascade {
		return w.childless(ctx)
	}
	for _, n := range slices.Backward(storage.Nouns) {
		if !slices.Contains(n.Parents, w.Noun) {
			continue
		}
		t := tables[n]
		rows, err := w.tx.Query(ctx, `SELECT `+t.columns+` FROM `+t.name+` t WHERE `+w.Noun.IDName()+` = $1 ORDER BY id`, key(w.Noun, d.ID))
		if err != nil {
			return err
		}
		children, err := t.collect(rows)
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

// remove deletes and logs objects of one noun that have no parts any more. A
// season's episodes also leave the count of the series.
func (w *writing) remove(ctx context.Context, docs []*storage.Document) error {
	if err := w.names(ctx, docs...); err != nil {
		return err
	}
	n := docs[0].Noun
	var ids []string
	for _, d := range docs {
		ids = append(ids, d.ID)
		if err := w.log(storage.Delete, d, nil); err != nil {
			return err
		}
	}
	if _, err := w.drop(ctx, `id = ANY($1)`, docs, keys(n, ids)); err != nil {
		return err
	}
	if len(n.Parents) > 1 && w.Noun == n.Parent() {
		return w.countChild(ctx, docs[0], -int64(len(docs)))
	}
	return nil
}

// drop deletes the rows of documents of one noun that a clause allows, gives
// their bytes back to whoever owns them, and keeps what they were. It returns
// how many there were.
func (w *writing) drop(ctx context.Context, clause string, docs []*storage.Document, args ...any) (int, error) {
	rows, err := w.tx.Query(ctx, `DELETE FROM `+docs[0].Noun.Plural+` WHERE `+clause+` RETURNING id::text, version, owner, octet_length(document::text)`, args...)
	if err != nil {
		return 0, err
	}
	byID := map[string]*storage.Document{}
	for _, d := range docs {
		byID[d.ID] = d
	}
	dropped, owners := 0, map[string]bool{}
	var id string
	var version int64
	var owner pgtype.Text
	var size int
	_, err = pgx.ForEachRow(rows, []any{&id, &version, &owner, &size}, func() error {
		dropped++
		w.charge(owner, -size)
		w.record(storage.Delete, byID[id], version, nil)
		if owner.Valid {
			w.keepDeleted(byID[id], owner)
			owners[owner.String] = true
		}
		return nil
	})
	for _, name := range slices.Sorted(maps.Keys(owners)) {
		w.forgetDeleted(name)
	}
	return dropped, err
}

package postgres

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/textform"
)

func (w *writing) update(ctx context.Context) (*storage.Object, error) {
	r, err := w.table.read(ctx, w.tx, w.ID, w.Parents)
	if err != nil {
		return nil, err
	}
	current, err := w.table.document(r)
	if err != nil {
		return nil, err
	}
	d, faults := w.Edit.Apply(current, false)
	if err := w.refer(ctx, d, faults); err != nil {
		return nil, err
	}
	if err := w.names(ctx, current); err != nil {
		return nil, err
	}
	if storage.SameStored(current, d) {
		return w.unchanged(r)
	}
	return w.replace(ctx, r, current, d)
}

// unchanged answers an update that changes nothing, if it may be made at all.
func (w *writing) unchanged(r *row) (*storage.Object, error) {
	if w.IfMatch != nil && !slices.Contains(w.IfMatch, r.version.Int64) {
		return nil, errPrecondition
	}
	o, err := w.table.object(r)
	if err != nil {
		return nil, err
	}
	return o, errNothing
}

// replace stores d in place of current, which was read as old, and logs it, with
// everything else that shows the object's label when that changed.
func (w *writing) replace(ctx context.Context, old *row, current, d *storage.Document) (*storage.Object, error) {
	var shown *referrers
	if w.table.folded && current.Label() != d.Label() {
		var err error
		if shown, err = w.referrers(ctx, d); err != nil {
			return nil, err
		}
	}
	if w.table.clocked {
		d.Fields["modified"] = w.now
	}
	sets, args := w.table.rewritten(d, w.version)
	var r row
	var owner pgtype.Text
	err := w.tx.QueryRow(ctx, fmt.Sprintf(`UPDATE %s t SET %s WHERE id = $1 AND ($2::bigint[] IS NULL OR version = ANY($2)) RETURNING %s, t.owner`,
		w.table.name, sets, w.table.columns), append([]any{key(w.Noun, w.ID), w.IfMatch}, args...)...).Scan(append(w.table.targets(&r), &owner)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errPrecondition
	}
	if err != nil {
		return nil, w.conflict(d, err)
	}
	w.charge(owner, len(r.document)-len(old.document))
	w.record(storage.Update, current, old.version.Int64, storage.Changed(current, d))
	w.learn(d)
	for _, l := range w.table.links {
		w.link(l, d)
	}
	if err := w.log(storage.Update, current, d); err != nil {
		return nil, err
	}
	if err := w.touch(ctx, shown); err != nil {
		return nil, err
	}
	return w.table.object(&r)
}

// rewritten is the SET list of an update, whose arguments start at $3.
func (t *table) rewritten(d *storage.Document, version int64) (string, []any) {
	columns := []string{"version", "document_version", "document"}
	args := []any{version, version, d.AppendStored(nil)}
	if t.noun.Label != "" {
		columns, args = append(columns, "sort_key"), append(args, []byte(textform.SortKey(d.Label())))
	}
	if t.folded {
		columns, args = append(columns, "folded"), append(args, textform.Fold(d.Label()))
	}
	if t.clocked {
		columns, args = append(columns, "modified"), append(args, d.Fields["modified"])
	}
	columns, args = t.search(d, columns, args)
	sets := make([]string, len(columns))
	for i, c := range columns {
		sets[i] = fmt.Sprintf("%s = $%d", c, i+3)
	}
	return strings.Join(sets, ", "), args
}

// maxTouched is how many objects one rename logs with their documents. Beyond
// it the log names their ids only, as for an import: readers fetch those.
const maxTouched = 1000

// referrers are the objects that show the label of another one.
type referrers struct {
	of     *storage.Document
	before map[*storage.Noun][]*storage.Document
	ids    map[*storage.Noun][]string
}

// referrers reads the objects that refer to d, with the names that they show
// before the write.
func (w *writing) referrers(ctx context.Context, d *storage.Document) (*referrers, error) {
	shown := &referrers{of: d, before: map[*storage.Noun][]*storage.Document{}, ids: map[*storage.Noun][]string{}}
	for _, l := range linksTo(d.Noun) {
		rows, err := w.tx.Query(ctx, fmt.Sprintf(`SELECT %s::text FROM %s WHERE %s = $1 ORDER BY %s`, l.fromColumn(), l.name, l.toColumn(), l.fromColumn()), key(d.Noun, d.ID))
		if err != nil {
			return nil, err
		}
		ids, err := collectStrings(rows)
		if err != nil {
			return nil, err
		}
		if shown.ids[l.from] = ids; len(ids) > maxTouched {
			continue
		}
		t := tables[l.from]
		rows, err = w.tx.Query(ctx, `SELECT `+t.columns+` FROM `+t.name+` t WHERE id = ANY($1) ORDER BY id`, keys(l.from, ids))
		if err != nil {
			return nil, err
		}
		if shown.before[l.from], err = t.collect(rows); err != nil {
			return nil, err
		}
		if err := w.names(ctx, shown.before[l.from]...); err != nil {
			return nil, err
		}
	}
	return shown, nil
}

// touch logs that the referrers show another label now.
func (w *writing) touch(ctx context.Context, shown *referrers) error {
	if shown == nil {
		return nil
	}
	for _, n := range storage.Nouns {
		ids := shown.ids[n]
		if len(ids) == 0 {
			continue
		}
		w.pending.Queue(`UPDATE `+n.Plural+` SET document_version = $1 WHERE id = ANY($2)`, w.version, keys(n, ids))
		if len(ids) > maxTouched {
			w.append(n, storage.Import, ids, nil, nil)
			if err := w.refreshMany(ctx, n, ids); err != nil {
				return err
			}
			continue
		}
		after := make([]*storage.Document, len(ids))
		for i, before := range shown.before[n] {
			after[i] = clone(before)
		}
		if err := w.names(ctx, after...); err != nil {
			return err
		}
		w.refresh(after...)
		for i, before := range shown.before[n] {
			if err := w.log(storage.Touch, before, after[i]); err != nil {
				return err
			}
		}
	}
	return nil
}

// refreshMany writes the search columns of more objects than are held at once.
func (w *writing) refreshMany(ctx context.Context, n *storage.Noun, ids []string) error {
	t := tables[n]
	if !t.searched() {
		return nil
	}
	if err := w.send(ctx); err != nil {
		return err
	}
	for some := range slices.Chunk(ids, maxTouched) {
		page, err := t.revisions(ctx, w.tx, `WHERE t.id = ANY($1)`, keys(n, some))
		if err != nil {
			return err
		}
		docs := make([]*storage.Document, len(page))
		for i := range page {
			docs[i] = page[i].Document
		}
		w.refresh(docs...)
		if err := w.send(ctx); err != nil {
			return err
		}
	}
	return nil
}

// send sends the pending statements before the end.
func (w *writing) send(ctx context.Context) error {
	batch := w.pending
	w.pending = pgx.Batch{}
	return w.tx.SendBatch(ctx, &batch).Close()
}

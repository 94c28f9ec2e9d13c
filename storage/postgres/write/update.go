package write

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/postgres/commit"
	"marquee/storage/postgres/history"
	"marquee/storage/postgres/schema"
	"marquee/storage/schedule"
)

func (w *operation) update(ctx context.Context) (*storage.Object, error) {
	r, err := w.table.Read(ctx, w.tx, w.ID, w.Parents)
	if err != nil {
		return nil, err
	}
	current, err := w.table.Document(r)
	if err != nil {
		return nil, err
	}
	schedule.Set(current, w.At)
	d, faults := w.Edit.Apply(current, false)
	if err := w.refer(ctx, d, faults); err != nil {
		return nil, err
	}
	if err := w.tx.SetNames(ctx, current); err != nil {
		return nil, err
	}
	if storage.SameStored(current, d) {
		return w.unchanged(r, current)
	}
	return w.replace(ctx, r, current, d)
}

// unchanged answers an update that changes nothing. Conditions apply to it too.
func (w *operation) unchanged(r *schema.Row, current *storage.Document) (*storage.Object, error) {
	if !w.Condition.Allows(current, r.Version()) {
		return nil, errPrecondition
	}
	o, err := w.table.Object(r)
	if err != nil {
		return nil, err
	}
	return o, errNothing
}

// replace stores d in place of current, whose row is old, and logs it. If the label
// changed, it also logs the objects that show it.
func (w *operation) replace(ctx context.Context, old *schema.Row, current, d *storage.Document) (*storage.Object, error) {
	var shown *commit.Referrers
	if w.table.Folded && current.Label() != d.Label() {
		var err error
		if shown, err = w.tx.Referrers(ctx, d); err != nil {
			return nil, err
		}
	}
	if !w.Condition.Allows(current, old.Version()) {
		return nil, errPrecondition // before a conflict
	}
	if err := w.free(ctx, d); err != nil {
		return nil, err
	}
	o, err := w.save(ctx, old, current, d, w.Condition.Versions(current, old.Version()))
	if err != nil {
		return nil, err
	}
	return o, w.tx.Touch(ctx, shown)
}

// save stores d in place of current if its row, which is old, has one of the versions
// (nil: any), and logs it.
func (w *operation) save(ctx context.Context, old *schema.Row, current, d *storage.Document, versions []int64) (*storage.Object, error) {
	t := schema.Of(d.Noun)
	if t.Clocked {
		d.Fields["modified"] = w.tx.Now
	}
	columns, args, err := w.tx.ChangedColumns(ctx, current, d)
	if err != nil {
		return nil, err
	}
	var r schema.Row
	var owner pgtype.Text
	err = w.tx.QueryRow(ctx, fmt.Sprintf(`UPDATE %s t SET %s WHERE id = $1 AND ($2::bigint[] IS NULL OR version = ANY($2)) RETURNING %s, t.owner`,
		t.Name, commit.Assignments(columns, 3), t.Columns),
		append([]any{schema.Key(d.Noun, d.ID), versions}, args...)...).Scan(append(t.Targets(&r), &owner)...)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil, errPrecondition
	}
	if err != nil {
		return nil, w.conflict(d, err)
	}
	w.tx.Charge(owner, r.Size()-old.Size())
	w.journal.Add(history.Event{Operation: storage.Update, Before: current, Replaced: old.Version(), After: d})
	w.link(d)
	w.tx.SuggestAgain(current, d)
	w.tx.Log(storage.Update, current, d)
	return t.Object(&r)
}

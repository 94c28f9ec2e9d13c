package write

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/commit"
	"marquee/storage/postgres/creation"
	"marquee/storage/postgres/history"
	"marquee/storage/postgres/idempotency"
	"marquee/storage/postgres/schema"
)

// Bulk carries out several writes in order, all of them or none. If writes are refused, the
// error is an *edit.BulkError. A bulk that changes nothing makes no version.
func (w *Writer) Bulk(ctx context.Context, request *edit.Bulk) (*edit.BulkWritten, error) {
	b := &bulk{Bulk: request, results: make([]edit.Result, len(request.Writes)), refusals: map[int]error{}}
	out := &edit.BulkWritten{}
	err := w.pool.Transaction(ctx, func(tx pgx.Tx) error {
		b.tx = w.transaction(tx, request.Who)
		return b.run(ctx, out)
	})
	if err != nil && !errors.Is(err, errNothing) {
		return nil, err
	}
	return out, nil
}

// bulk is a bulk inside its transaction. Runs of creations are decided in memory and stored
// together; other writes are carried out one by one.
type bulk struct {
	*edit.Bulk
	tx      *commit.Tx
	journal history.Journal
	results []edit.Result
	// refusals are the errors of refused writes, by their index. After the first one the
	// others are only checked.
	refusals map[int]error
	locked   bool
}

func (b *bulk) run(ctx context.Context, out *edit.BulkWritten) error {
	if b.Idempotency != nil {
		o, version, err := idempotency.Replay(ctx, b.tx, b.Who, b.Idempotency)
		if err != nil {
			return err
		}
		if o != nil {
			*out = edit.BulkWritten{Body: o.Body, Version: version, Replayed: true}
			return nil
		}
	}
	for i := 0; i < len(b.Writes); {
		n, err := b.step(ctx, i)
		if err != nil {
			return err
		}
		i += n
	}
	if len(b.refusals) > 0 || b.Refused() {
		return &edit.BulkError{Refusals: b.refusals}
	}
	return b.finish(ctx, out)
}

// step carries out the write at i, or the run of creations that begins there. It returns
// the number of writes.
func (b *bulk) step(ctx context.Context, i int) (int, error) {
	switch w := b.Writes[i]; {
	case w == nil:
		return 1, nil
	case w.Operation != storage.Create:
		return 1, b.write(ctx, i)
	}
	n := 0
	for i+n < len(b.Writes) && b.Writes[i+n] != nil && b.Writes[i+n].Operation == storage.Create {
		n++
	}
	return n, b.create(ctx, i, b.Writes[i:i+n])
}

// lock takes the version, unless the bulk has it already.
func (b *bulk) lock(ctx context.Context) error {
	if b.locked {
		return nil
	}
	b.locked = true
	return b.tx.Lock(ctx)
}

// write updates or deletes an object.
func (b *bulk) write(ctx context.Context, i int) error {
	if err := b.lock(ctx); err != nil {
		return err
	}
	if err := b.tx.Send(ctx); err != nil { // the write reads what earlier ones stored
		return err
	}
	w, charged := b.Writes[i], b.tx.Owed()
	op := newOperation(w, &b.journal)
	op.tx, op.checks = b.tx, true
	var err error
	if w.Operation == storage.Update {
		_, err = op.update(ctx)
	} else {
		err = op.delete(ctx)
	}
	b.results[i] = edit.Result{Write: w, ID: w.ID}
	if errors.Is(err, errNothing) {
		return nil
	}
	if err == nil {
		err = b.tx.Exceeded(ctx, charged)
	}
	return b.refuse(i, err)
}

// refuse adds the error of a write to the refusals. It returns an error that is no refusal.
func (b *bulk) refuse(i int, err error) error {
	switch storage.CodeOf(err) {
	case storage.Invalid, storage.NotFound, storage.Conflict, storage.PreconditionFailed, storage.QuotaExceeded:
		b.refusals[i] = err
		return nil
	}
	return err
}

// create carries out a run of creations, which begins at the write first. Before the version
// is taken, other writers do not wait: then the run is planned, and afterwards only again if
// a write in between has changed what the plan depends on.
func (b *bulk) create(ctx context.Context, first int, writes []*edit.Write) error {
	run := creation.NewRun(b.tx, writes)
	if _, err := run.Read(ctx); err != nil {
		return err
	}
	if err := run.Plan(ctx); err != nil {
		return err
	}
	if b.rehearses() && first+len(writes) == len(b.Writes) {
		return b.accept(ctx, first, run) // nothing follows that would have to see the objects
	}
	if !b.locked {
		if err := b.tx.PrepareDocuments(run.Storable()); err != nil {
			return err
		}
		if err := b.lock(ctx); err != nil {
			return err
		}
		differs, err := run.Read(ctx)
		if err == nil && differs {
			err = run.Plan(ctx)
		}
		if err != nil {
			return err
		}
	}
	if err := b.accept(ctx, first, run); err != nil {
		return err
	}
	return b.store(ctx, run.Storable())
}

// rehearses reports whether nothing of the bulk will be stored.
func (b *bulk) rehearses() bool { return b.DryRun || b.Refused() || len(b.refusals) > 0 }

// accept takes over the refusals of a run, and the results and charges of the others.
func (b *bulk) accept(ctx context.Context, first int, run *creation.Run) error {
	if !b.locked {
		if err := b.tx.FindOwner(ctx); err != nil {
			return err
		}
	}
	for i, made := range run.Made {
		charged, err := b.tx.Owed(), run.Refusals[i]
		if err == nil {
			for _, d := range made {
				b.tx.Charge(b.tx.Owner, len(d.AppendStored(nil)))
			}
			b.results[first+i] = edit.Result{Write: b.Writes[first+i], ID: made[len(made)-1].ID}
			err = b.tx.Exceeded(ctx, charged)
		}
		if err := b.refuse(first+i, err); err != nil {
			return err
		}
	}
	return nil
}

// store stores new objects, counts them in their parents, and logs them.
func (b *bulk) store(ctx context.Context, made []*storage.Document) error {
	byNoun := map[*storage.Noun][]*storage.Document{}
	for _, d := range made {
		byNoun[d.Noun] = append(byNoun[d.Noun], d)
	}
	for _, n := range storage.Nouns { // what is referred to comes first
		if _, err := b.tx.CopyDocuments(ctx, byNoun[n]); err != nil {
			return err
		}
	}
	for _, d := range made {
		b.tx.Log(storage.Create, nil, d)
		b.journal.Add(history.Event{Operation: storage.Create, After: d})
	}
	for _, n := range storage.Nouns {
		if err := b.count(ctx, byNoun[n]); err != nil {
			return err
		}
	}
	return nil
}

// count counts new children of one noun in their parents.
func (b *bulk) count(ctx context.Context, children []*storage.Document) error {
	var order []string
	byParent := map[string][]*storage.Document{}
	for _, d := range children {
		if p := d.Noun.Parent(); p != nil {
			id, _ := d.Fields[p.IDName()].(string)
			if byParent[id] == nil {
				order = append(order, id)
			}
			byParent[id] = append(byParent[id], d)
		}
	}
	for _, id := range order {
		if err := b.tx.CountChild(ctx, byParent[id][0], int64(len(byParent[id]))); err != nil {
			return err
		}
	}
	return nil
}

// finish makes the reply and ends the bulk.
func (b *bulk) finish(ctx context.Context, out *edit.BulkWritten) error {
	if b.DryRun {
		return b.rehearsed(ctx, out)
	}
	if err := b.readResults(ctx); err != nil {
		return err
	}
	var err error
	if out.Body, err = b.Answer(b.results); err != nil {
		return err
	}
	out.Version = b.tx.Version
	if !b.tx.Logged() {
		out.Version--
		if b.Idempotency == nil {
			return errNothing
		}
		b.tx.Pending.Queue(`UPDATE catalogue SET version = $1`, out.Version)
	}
	if b.Idempotency != nil {
		idempotency.RememberReply(&b.tx.Pending, b.Who, b.Idempotency, out.Body, out.Version)
	}
	if err := b.journal.Record(ctx, b.tx); err != nil {
		return err
	}
	return b.tx.Finish(ctx)
}

// rehearsed makes the reply of a dry run, and ends it without a trace.
func (b *bulk) rehearsed(ctx context.Context, out *edit.BulkWritten) error {
	for i := range b.results {
		if b.results[i].Operation == storage.Create {
			b.results[i].ID = ""
		}
	}
	var err error
	if out.Body, err = b.Answer(b.results); err != nil {
		return err
	}
	if b.locked {
		out.Version = b.tx.Version - 1
	} else if err := b.tx.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&out.Version); err != nil {
		return err
	}
	return errNothing
}

// readResults reads the objects as they are after all writes.
func (b *bulk) readResults(ctx context.Context) error {
	if err := b.tx.Send(ctx); err != nil {
		return err
	}
	ids, found := map[*storage.Noun][]string{}, map[*storage.Noun]map[string]*storage.Object{}
	for _, r := range b.results {
		if r.Operation != storage.Delete {
			ids[r.Noun] = append(ids[r.Noun], r.ID)
		}
	}
	for _, n := range slices.SortedFunc(maps.Keys(ids), func(a, b *storage.Noun) int { return slices.Index(storage.Nouns, a) - slices.Index(storage.Nouns, b) }) {
		t := schema.Of(n)
		rows, err := b.tx.Query(ctx, `SELECT `+t.Columns+` FROM `+t.Name+` t WHERE id = ANY($1)`, schema.Keys(n, ids[n]))
		if err != nil {
			return err
		}
		all, err := t.Rows(rows)
		if err != nil {
			return err
		}
		found[n] = map[string]*storage.Object{}
		for _, r := range all {
			if found[n][r.ID()], err = t.Object(r); err != nil {
				return err
			}
		}
	}
	for i := range b.results {
		if r := &b.results[i]; r.Operation != storage.Delete {
			r.Object = found[r.Noun][r.ID]
		}
	}
	return nil
}

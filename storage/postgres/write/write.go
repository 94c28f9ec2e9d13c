// Package write creates, updates and deletes one object in one transaction, with its
// change, its history and everything else that shows it.
package write

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/commit"
	"marquee/storage/postgres/conflict"
	"marquee/storage/postgres/creation"
	"marquee/storage/postgres/history"
	"marquee/storage/postgres/idempotency"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/reference"
	"marquee/storage/postgres/schema"
)

// Writer writes objects to a database. It is safe for concurrent use.
type Writer struct {
	pool *pool.Pool
	now  func() time.Time
	// quota is how many bytes a user without a quota may store, 0 for no limit.
	quota    int64
	analysis storage.Analysis
}

// New returns a writer.
func New(p *pool.Pool, now func() time.Time, quota int64, a storage.Analysis) *Writer {
	return &Writer{pool: p, now: now, quota: quota, analysis: a}
}

var (
	// errNothing rolls back a write that would change nothing.
	errNothing = errors.New("nothing to write")

	errPrecondition = storage.Errorf(storage.PreconditionFailed,
		"the object does not meet If-Match, If-None-Match or If-Unmodified-Since: read it again, then repeat the change")
)

// Write creates, updates or deletes one object. The error of an invalid edit has all
// its faults, with those that only the catalogue shows. A write that changes nothing
// makes no version.
func (w *Writer) Write(ctx context.Context, request *edit.Write) (*edit.Written, error) {
	out := &edit.Written{}
	op := newOperation(request, &history.Journal{})
	err := w.pool.Transaction(ctx, func(tx pgx.Tx) error {
		op.tx = w.transaction(tx, request.Who)
		err := op.run(ctx, out)
		out.Version = op.tx.Version
		return err
	})
	switch {
	case errors.Is(err, errNothing):
		out.Version--
		return out, nil
	case err != nil:
		return nil, op.explain(ctx, w.pool, err)
	}
	return out, nil
}

func (w *Writer) transaction(tx pgx.Tx, who string) *commit.Tx {
	return &commit.Tx{Tx: tx, Who: who, Now: w.now(), Quota: w.quota, Analysis: w.analysis}
}

// operation is a write inside its transaction.
type operation struct {
	*edit.Write
	tx    *commit.Tx
	table *schema.Table
	// journal gets the events of the history.
	journal *history.Journal
	// refused is the document with a value that another object has, if there is one.
	refused *storage.Document
	// checks makes the write look for taken values before it stores some. A violated
	// constraint would end the transaction, which may have other writes.
	checks bool
}

func newOperation(w *edit.Write, j *history.Journal) *operation {
	return &operation{Write: w, table: schema.Of(w.Noun), journal: j}
}

func (w *operation) run(ctx context.Context, out *edit.Written) error {
	if done, err := w.replay(ctx, out); done || err != nil {
		return err
	}
	// An invalid body must not make other writers wait.
	if w.Edit == nil || len(w.Edit.Faults) == 0 {
		if err := w.tx.Lock(ctx); err != nil {
			return err
		}
	}
	var err error
	switch w.Operation {
	case storage.Create:
		out.Object, err = w.create(ctx)
	case storage.Update:
		out.Object, err = w.update(ctx)
	case storage.Delete:
		err = w.delete(ctx)
	}
	if err != nil {
		return err
	}
	if w.Idempotency != nil && out.Object != nil {
		idempotency.Remember(&w.tx.Pending, w.Who, w.Idempotency, out.Object)
	}
	if err := w.journal.Record(ctx, w.tx); err != nil {
		return err
	}
	return w.tx.Finish(ctx)
}

// replay sets the reply of a creation whose idempotency key was used before.
func (w *operation) replay(ctx context.Context, out *edit.Written) (done bool, err error) {
	if w.Idempotency == nil {
		return false, nil
	}
	o, version, err := idempotency.Replay(ctx, w.tx, w.Who, w.Idempotency)
	if err != nil || o == nil {
		return false, err
	}
	w.tx.Version, out.Object, out.Replayed = version, o, true
	return true, nil
}

// conflict returns the error of a statement that stored d, with the value that
// another object has.
func (w *operation) conflict(d *storage.Document, err error) error {
	taken, ok := conflict.Of(w.Write, d, err)
	if !ok {
		return err
	}
	w.refused = d
	return taken
}

// respelled returns the error of a value that another object has in another spelling.
func (w *operation) respelled(ctx context.Context, d *storage.Document) error {
	err := conflict.Respelled(ctx, w.tx, w.Write, d)
	if storage.CodeOf(err) == storage.Conflict {
		w.refused = d
	}
	return err
}

// free returns the error of a value of a changed document that another object has, if no
// unique constraint would find it in time.
func (w *operation) free(ctx context.Context, d *storage.Document) error {
	if w.checks {
		return conflict.Find(ctx, w.tx, w.Write, d)
	}
	return w.respelled(ctx, d)
}

// explain adds the other taken values to the error of a write that met one.
func (w *operation) explain(ctx context.Context, db pool.Querier, err error) error {
	if d := w.refused; d != nil && d.Noun == w.Noun && storage.CodeOf(err) == storage.Conflict {
		return conflict.All(ctx, db, w.Write, d, err)
	}
	return err
}

// refer resolves the document's references, and creates the objects that it names
// and that do not exist. If there are faults, given or of references, it creates
// nothing and returns all of them.
func (w *operation) refer(ctx context.Context, d *storage.Document, faults []storage.Fault) error {
	missing, unresolved, err := reference.Resolve(ctx, creation.In(w.tx), w.Edit, d)
	if err != nil {
		return err
	}
	if faults = append(faults, unresolved...); len(faults) > 0 {
		return storage.InvalidObject(w.Noun, faults)
	}
	return w.createReferences(ctx, d, missing)
}

// createReferences creates the missing objects, replaces their names in d with the
// new ids, and sets the names that d shows.
func (w *operation) createReferences(ctx context.Context, d *storage.Document, missing reference.Missing) error {
	err := missing.Create(d, func(o *storage.Document) error {
		_, err := w.insert(ctx, o)
		return err
	})
	if err != nil {
		return err
	}
	return w.tx.SetNames(ctx, d)
}

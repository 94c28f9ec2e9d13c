package postgres

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/edit"
)

// Write creates, updates or deletes one object, and logs what changed, in one
// transaction. Faults of the edit come back together with those that only the
// catalogue can see. Writing what is there already changes nothing and makes
// no version.
func (s *Store) Write(ctx context.Context, w *edit.Write) (*edit.Written, error) {
	out := &edit.Written{}
	wr := &writing{Write: w, table: tables[w.Noun], now: s.now(), quota: s.quota}
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
		wr.tx = tx
		err := wr.run(ctx, out)
		out.Version = wr.version
		return err
	})
	switch {
	case errors.Is(err, errNothing):
		out.Version--
		return out, nil
	case err != nil:
		return nil, wr.everyTaken(ctx, s.pool, err)
	}
	return out, nil
}

// errNothing rolls back a write that would change nothing.
var errNothing = errors.New("nothing to write")

// writing is a write inside its transaction.
type writing struct {
	*edit.Write
	tx    pgx.Tx
	table *table
	now   time.Time
	// version is the one that the write makes. Zero until lock.
	version int64
	// pending are statements without results, sent together at the end.
	pending pgx.Batch
	logged  int
	// owner is whose storage new objects count in: who writes, if that is a user.
	owner pgtype.Text
	// owed is by how many bytes the storage of owners grows or shrinks.
	owed map[string]int64
	// quota is how many bytes a user without a quota may store, 0 for any number.
	quota int64
	// refused is the document that has a value which is taken, if that was met.
	refused *storage.Document
}

func (w *writing) run(ctx context.Context, out *edit.Written) error {
	if done, err := w.replay(ctx, out); done || err != nil {
		return err
	}
	// A body that is refused anyway must not make other writers wait.
	if w.Edit == nil || len(w.Edit.Faults) == 0 {
		if err := w.lock(ctx); err != nil {
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
	w.remember(out)
	return w.flush(ctx)
}

// lock takes the next version. The row is locked until the transaction ends,
// so that writes happen one after the other: each sees all that came before,
// versions have no gaps, and no two writes can block each other for ever.
func (w *writing) lock(ctx context.Context) error {
	return w.tx.QueryRow(ctx, `UPDATE catalogue SET version = version + 1 RETURNING version, (SELECT name FROM users WHERE name = $1)`,
		w.Who).Scan(&w.version, &w.owner)
}

// log adds a change to the log. A nil document is absent.
func (w *writing) log(op storage.Operation, before, after *storage.Document) error {
	d := after
	if d == nil {
		d = before
	}
	b, err := encode(before)
	if err != nil {
		return err
	}
	a, err := encode(after)
	if err != nil {
		return err
	}
	w.append(d.Noun, op, []string{d.ID}, b, a)
	return nil
}

// append queues an entry of the log.
func (w *writing) append(n *storage.Noun, op storage.Operation, ids []string, before, after []byte) {
	w.pending.Queue(`INSERT INTO changes (version, index, noun, operation, ids, who, at, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		w.version, w.logged, n.Name, string(op), ids, w.Who, w.now, before, after)
	w.logged++
}

func encode(d *storage.Document) ([]byte, error) {
	if d == nil {
		return nil, nil
	}
	return d.MarshalJSON()
}

// flush sends the pending statements, and has the commit wake those who follow
// the log.
func (w *writing) flush(ctx context.Context) error {
	w.settle()
	if w.logged > 0 {
		w.pending.Queue(`SELECT pg_notify($1, $2)`, storage.CatalogueChannel, strconv.FormatInt(w.version, 10))
	}
	return w.tx.SendBatch(ctx, &w.pending).Close()
}

var errPrecondition = storage.Errorf(storage.PreconditionFailed,
	"the object has another version than If-Match names: read it again, then repeat the change on what it is now")

package commit

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// entry is a change that the transaction logs: of one object, or of many without
// documents.
type entry struct {
	noun          *storage.Noun
	operation     storage.Operation
	ids           []string
	before, after *storage.Document
}

// object is the key of an object in a transaction.
type object struct {
	noun *storage.Noun
	id   string
}

// journal has the entries of a transaction. Each object has one at most, its net change:
// readers see one state for each version.
type journal struct {
	// entries are in the order of the log; a nil one was moved or dropped.
	entries []*entry
	at      map[object]int
}

// add adds a change of one object. A created object stays where it was created, because
// later entries may refer to it. Every other object goes to the end.
func (j *journal) add(e *entry) {
	key := object{e.noun, e.ids[0]}
	if j.at == nil {
		j.at = map[object]int{}
	}
	if i, changed := j.at[key]; changed {
		first := j.entries[i]
		if e = first.then(e); e != nil && e.operation == storage.Create {
			j.entries[i] = e
			return
		}
		j.entries[i] = nil
		delete(j.at, key)
		if e == nil {
			return
		}
	}
	j.at[key] = len(j.entries)
	j.entries = append(j.entries, e)
}

// then returns the net change of two changes of one object, nil if there is none.
func (e *entry) then(next *entry) *entry {
	net := &entry{noun: e.noun, ids: e.ids, before: e.before, after: next.after, operation: storage.Touch}
	switch {
	case net.before == nil && net.after == nil:
		return nil
	case net.before == nil:
		net.operation = storage.Create
	case net.after == nil:
		net.operation = storage.Delete
	case e.operation != storage.Touch || next.operation != storage.Touch:
		net.operation = storage.Update
	}
	return net
}

// all returns the entries in the order of the log.
func (j *journal) all() []*entry {
	return slices.DeleteFunc(slices.Clone(j.entries), func(e *entry) bool { return e == nil })
}

// Log logs a change of one object. The document before a creation and after a deletion
// is nil. The transaction must not change the documents after that.
func (tx *Tx) Log(op storage.Operation, before, after *storage.Document) {
	d := after
	if d == nil {
		d = before
	}
	tx.journal.add(&entry{d.Noun, op, []string{d.ID}, before, after})
}

// LogIDs logs a change of many objects, without their documents.
func (tx *Tx) LogIDs(n *storage.Noun, ids []string) {
	tx.journal.entries = append(tx.journal.entries, &entry{noun: n, operation: storage.Import, ids: ids})
}

// Logged reports whether the transaction has a net change.
func (tx *Tx) Logged() bool { return len(tx.journal.all()) > 0 }

// copyFrom is the number of rows from which COPY is faster than as many statements.
const copyFrom = 50

var changeColumns = []string{"version", "index", "noun", "operation", "ids", "who", "at", "before", "after"}

// writeLog writes the entries, and queues the notification of followers.
func (tx *Tx) writeLog(ctx context.Context) error {
	entries := tx.journal.all()
	if len(entries) == 0 {
		return nil
	}
	rows := make([][]any, len(entries))
	for i, e := range entries {
		before, err := tx.encode(e.before)
		if err != nil {
			return err
		}
		after, err := tx.encode(e.after)
		if err != nil {
			return err
		}
		rows[i] = []any{tx.Version, i, e.noun.Name, string(e.operation), e.ids, tx.Who, tx.Now, before, after}
	}
	if err := tx.WriteRows(ctx, "changes", changeColumns, rows); err != nil {
		return fmt.Errorf("log the changes: %w", err)
	}
	tx.Pending.Queue(`SELECT pg_notify($1, $2)`, storage.CatalogueChannel, strconv.FormatInt(tx.Version, 10))
	return nil
}

// WriteRows inserts rows: it queues a few, and copies many.
func (tx *Tx) WriteRows(ctx context.Context, table string, columns []string, rows [][]any) error {
	if len(rows) >= copyFrom {
		_, err := tx.CopyFrom(ctx, pgx.Identifier{table}, columns, pgx.CopyFromRows(rows))
		return err
	}
	for _, row := range rows {
		tx.Pending.Queue(Insert(table, columns), row...)
	}
	return nil
}

// encode is encode, prepared or not.
func (tx *Tx) encode(d *storage.Document) ([]byte, error) {
	if p := tx.prepared[d]; p != nil {
		return p.logged, nil
	}
	return encode(d)
}

// encode returns a document as the log has it, nil for none.
func encode(d *storage.Document) ([]byte, error) {
	if d == nil {
		return nil, nil
	}
	return d.MarshalJSON()
}

// Package commit is the part of a transaction that every write has: its version,
// its entries in the change log, the storage that it uses, the search columns, and
// the other objects whose documents it changes.
package commit

import (
	"context"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/postgres/schema"
)

// Tx is a transaction that writes.
type Tx struct {
	pgx.Tx
	// Who is the author of the write, and Now its time.
	Who string
	Now time.Time
	// Quota is how many bytes a user without a quota of their own may store, 0 for no
	// limit.
	Quota int64
	// Analysis makes the terms of searched objects; without it they have none.
	Analysis storage.Analysis
	// Version is the version that the write makes, 0 until it is locked.
	Version int64
	// Owner is the user to whom the storage of new objects is charged: Who, if that is
	// a user, otherwise null.
	Owner pgtype.Text
	// Pending are statements without results, sent together at the end.
	Pending pgx.Batch

	logged int
	// owed is the number of bytes by which the storage of each owner grows.
	owed map[string]int64
	// counts are the changes of the vocabulary.
	counts map[*storage.Noun]map[string]tally
}

// Lock takes the next version. It locks the catalogue's row until the transaction
// ends, so writes happen one after the other. Each write sees all earlier ones,
// versions have no gaps, and two writes never deadlock.
func (tx *Tx) Lock(ctx context.Context) error {
	return tx.QueryRow(ctx, `UPDATE catalogue SET version = version + 1 RETURNING version, (SELECT name FROM users WHERE name = $1)`,
		tx.Who).Scan(&tx.Version, &tx.Owner)
}

// Send sends the pending statements before the end.
func (tx *Tx) Send(ctx context.Context) error {
	batch := tx.Pending
	tx.Pending = pgx.Batch{}
	return tx.SendBatch(ctx, &batch).Close()
}

// Finish sends the pending statements and notifies followers of the change log when
// the transaction commits.
func (tx *Tx) Finish(ctx context.Context) error {
	tx.settle()
	tx.settleVocabulary()
	if tx.logged > 0 {
		tx.Pending.Queue(`SELECT pg_notify($1, $2)`, storage.CatalogueChannel, strconv.FormatInt(tx.Version, 10))
	}
	return tx.SendBatch(ctx, &tx.Pending).Close()
}

// Log queues a change. The document before a creation and after a deletion is nil.
func (tx *Tx) Log(op storage.Operation, before, after *storage.Document) error {
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
	tx.log(d.Noun, op, []string{d.ID}, b, a)
	return nil
}

// LogIDs queues a change of many objects, without their documents.
func (tx *Tx) LogIDs(n *storage.Noun, ids []string) { tx.log(n, storage.Import, ids, nil, nil) }

// Logged reports whether the write has logged a change.
func (tx *Tx) Logged() bool { return tx.logged > 0 }

func (tx *Tx) log(n *storage.Noun, op storage.Operation, ids []string, before, after []byte) {
	tx.Pending.Queue(`INSERT INTO changes (version, index, noun, operation, ids, who, at, before, after) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		tx.Version, tx.logged, n.Name, string(op), ids, tx.Who, tx.Now, before, after)
	tx.logged++
}

func encode(d *storage.Document) ([]byte, error) {
	if d == nil {
		return nil, nil
	}
	return d.MarshalJSON()
}

// SetNames sets the names that documents of one noun show now.
func (tx *Tx) SetNames(ctx context.Context, docs ...*storage.Document) error {
	return schema.SetNames(ctx, tx, docs...)
}

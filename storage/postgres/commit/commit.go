// Package commit is the part of a transaction that every write has: its version,
// its entries in the change log, the storage that it uses, the search columns, and
// the other objects whose documents it changes.
package commit

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
	"marquee/storage/postgres/pool"
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

	journal journal
	// prepared are new documents for which PrepareDocuments was called.
	prepared map[*storage.Document]*prepared
	// touched is the number of referrers that were logged with their documents.
	touched int
	// owed is the number of bytes by which the storage of each owner grows.
	owed map[string]int64
	// users are owners whose usage was read.
	users map[string]usage
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

// FindOwner sets Owner without the lock, for a transaction that stores nothing.
func (tx *Tx) FindOwner(ctx context.Context) error {
	return tx.QueryRow(ctx, `SELECT (SELECT name FROM users WHERE name = $1)`, tx.Who).Scan(&tx.Owner)
}

// Send sends the pending statements before the end.
func (tx *Tx) Send(ctx context.Context) error {
	if tx.Pending.Len() == 0 {
		return nil
	}
	batch := tx.Pending
	tx.Pending = pgx.Batch{}
	return tx.SendBatch(ctx, &batch).Close()
}

// Finish writes the log, sends the pending statements, and notifies followers of the log
// when the transaction commits.
func (tx *Tx) Finish(ctx context.Context) error {
	tx.settle()
	tx.settleVocabulary()
	if err := tx.writeLog(ctx); err != nil {
		return err
	}
	return tx.SendBatch(ctx, &tx.Pending).Close()
}

// NextIDs reserves numeric ids of a noun. They stay reserved when the transaction ends.
func (tx *Tx) NextIDs(ctx context.Context, n *storage.Noun, count int) ([]string, error) {
	rows, err := tx.Query(ctx, `SELECT nextval(pg_get_serial_sequence($1, 'id'))::text FROM generate_series(1, $2)`, n.Plural, count)
	if err != nil {
		return nil, err
	}
	return pool.Strings(rows)
}

// SetNames sets the names that documents of one noun show now.
func (tx *Tx) SetNames(ctx context.Context, docs ...*storage.Document) error {
	return schema.SetNames(ctx, tx, docs...)
}

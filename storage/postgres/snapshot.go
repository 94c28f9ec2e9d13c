package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/pool"
)

// Snapshot is one consistent state of the catalogue, for searches that need several
// statements.
type Snapshot struct {
	tx pgx.Tx
}

// Snapshot runs f on one state of the catalogue.
func (s *Store) Snapshot(ctx context.Context, f func(s *Snapshot) error) error {
	return pool.Translate(s.pool.Snapshot(ctx, func(tx pgx.Tx) error { return f(&Snapshot{tx: tx}) }))
}

// Query runs a statement that only reads.
func (s *Snapshot) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return s.tx.Query(ctx, sql, args...)
}

// Set sets a parameter of PostgreSQL until the snapshot ends.
func (s *Snapshot) Set(ctx context.Context, name, value string) error {
	_, err := s.tx.Exec(ctx, `SELECT set_config($1, $2, true)`, name, value)
	return err
}

// List answers a query like Store.List, narrowed by a clause. A rank, if given,
// replaces the order: an expression of integers, the lowest first, ties by id.
func (s *Snapshot) List(ctx context.Context, q *storage.Query, where, rank listing.Clause) (*storage.Page, error) {
	l := listing.New(q).Narrow(where)
	if rank != nil {
		l.Rank(rank)
	}
	return l.Run(ctx, s.tx)
}

// Count counts the objects that match the query and the clause, at most limit.
func (s *Snapshot) Count(ctx context.Context, q *storage.Query, where listing.Clause, limit int) (int, error) {
	return listing.New(q).Narrow(where).Count(ctx, s.tx, limit)
}

// Candidates visits the searched values of every object that matches the query's
// conditions and the clause, in any order. An error of visit ends it and the
// snapshot, and is returned.
func (s *Snapshot) Candidates(ctx context.Context, q *storage.Query, where listing.Clause, visit func(id int64, values []string) error) error {
	return listing.New(q).Narrow(where).Candidates(ctx, s.tx, visit)
}

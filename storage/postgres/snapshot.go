package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// Snapshot is one consistent state of the catalogue, for searches that need several
// statements.
type Snapshot struct {
	tx pgx.Tx
}

// Snapshot runs f on one state of the catalogue. Only a Reader reads whether a caller is
// patient.
func (s *Store) Snapshot(ctx context.Context, _ bool, f func(s *Snapshot) error) error {
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

// Keys returns the matches of a query and a clause by an expression of integers, the
// lowest first, ties by id.
func (s *Snapshot) Keys(ctx context.Context, q *storage.Query, where, key listing.Clause, limit, offset int) ([]listing.Keyed, error) {
	return listing.New(q).Narrow(where).Keys(ctx, s.tx, key, limit, offset)
}

// Page answers a query with objects that a search has selected and ordered. One more
// than the limit shows that another page follows. The clause selects the objects of all
// pages.
func (s *Snapshot) Page(ctx context.Context, q *storage.Query, where listing.Clause, page []listing.Keyed, total int) (*storage.Page, error) {
	return listing.New(q).Given(page, total).Among(where).Run(ctx, s.tx)
}

// List answers a query like Store.List, narrowed by a clause.
func (s *Snapshot) List(ctx context.Context, q *storage.Query, where listing.Clause) (*storage.Page, error) {
	return listing.New(q).Narrow(where).Run(ctx, s.tx)
}

// Counted answers a query like Store.List, narrowed by a clause, with a known total.
func (s *Snapshot) Counted(ctx context.Context, q *storage.Query, where listing.Clause, total int) (*storage.Page, error) {
	return listing.New(q).Narrow(where).Counted(total).Run(ctx, s.tx)
}

// IDs returns ids of objects that match the query and the clause on texts, at most limit.
func (s *Snapshot) IDs(ctx context.Context, q *storage.Query, where listing.Clause, limit int) ([]int64, error) {
	return listing.New(q).Narrow(where).IDs(ctx, s.tx, limit)
}

// Count counts the objects that match the query and the clause, at most limit; 0 is no
// limit.
func (s *Snapshot) Count(ctx context.Context, q *storage.Query, where listing.Clause, limit int) (int, error) {
	return listing.New(q).Narrow(where).Count(ctx, s.tx, limit)
}

// CountTexts counts the objects that match the query and the clause on texts.
func (s *Snapshot) CountTexts(ctx context.Context, q *storage.Query, where listing.Clause) (int, error) {
	return listing.New(q).Narrow(where).CountTexts(ctx, s.tx)
}

// Candidates visits the searched values of every object that matches the query's
// conditions and the clause on texts, in any order. An error of visit ends it and the
// snapshot, and is returned.
func (s *Snapshot) Candidates(ctx context.Context, q *storage.Query, where listing.Clause, visit func(id int64, values []string) error) error {
	return listing.New(q).Narrow(where).Candidates(ctx, s.tx, visit)
}

// Estimate returns about how many objects of a noun there are. PostgreSQL counts them from
// time to time.
func (s *Snapshot) Estimate(ctx context.Context, n *storage.Noun) (objects int, err error) {
	err = s.tx.QueryRow(ctx, `SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE oid = $1::text::regclass`, n.Plural).Scan(&objects)
	return objects, err
}

// Labels returns the labels of objects of a noun by id. Unknown ids are absent.
func (s *Snapshot) Labels(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	return schema.Labels(ctx, s.tx, n, ids)
}

// Version returns the version of the catalogue.
func (s *Snapshot) Version(ctx context.Context) (version int64, err error) {
	err = s.tx.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&version)
	return version, err
}

const (
	// firstBatch is the number of candidates that Ordered reads first: enough for a page
	// of most expressions.
	firstBatch = 256
	// maxBatch bounds the batches, which double.
	maxBatch = 4096
)

// Ordered visits the searched values of the objects after the query's position that match
// its conditions and the clause on texts, in its order, until visit returns false or an error. It
// ignores the offset.
func (s *Snapshot) Ordered(ctx context.Context, q *storage.Query, where listing.Clause, visit func(id int64, values []string) (more bool, err error)) error {
	next := *q
	for size := firstBatch; ; size = min(2*size, maxBatch) {
		n, last, err := listing.New(&next).Narrow(where).Batch(ctx, s.tx, size, func(id int64, values []string) error {
			more, err := visit(id, values)
			if err == nil && !more {
				err = errEnough
			}
			return err
		})
		switch {
		case errors.Is(err, errEnough):
			return nil
		case err != nil || n < size:
			return err
		}
		next.After = last
	}
}

// errEnough ends a batch early.
var errEnough = errors.New("enough")

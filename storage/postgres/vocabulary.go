package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// Vocabulary visits the words of a noun, without storage.WordMark, with the number of
// objects that have each, in one snapshot. It returns the snapshot's version.
func (s *Store) Vocabulary(ctx context.Context, n *storage.Noun, visit func(word string, objects int)) (version int64, err error) {
	version, err = vocabulary(ctx, s.pool, n, visit)
	return version, pool.Translate(err)
}

// Vocabulary is Store.Vocabulary in this snapshot.
func (s *Snapshot) Vocabulary(ctx context.Context, n *storage.Noun, visit func(word string, objects int)) (version int64, err error) {
	return vocabulary(ctx, s.tx, n, visit)
}

// Vocabulary is Store.Vocabulary. If the replica fails after a visit, it returns an error,
// because the words of the primary may be others.
func (r *Reader) Vocabulary(ctx context.Context, n *storage.Noun, visit func(word string, objects int)) (version int64, err error) {
	visited := false
	err = r.Snapshot(ctx, false, func(s *Snapshot) error {
		if visited {
			return errors.New("the replica failed while the vocabulary was read")
		}
		version, err = s.Vocabulary(ctx, n, func(word string, objects int) {
			visited = true
			visit(word, objects)
		})
		return err
	})
	return version, err
}

func vocabulary(ctx context.Context, db pool.Querier, n *storage.Noun, visit func(word string, objects int)) (version int64, err error) {
	rows, err := db.Query(ctx, `SELECT c.version, coalesce(v.term, ''), coalesce(v.words, 0)
		FROM catalogue c LEFT JOIN vocabulary v ON v.noun = $1 AND v.words > 0`, n.Name)
	if err != nil {
		return 0, err
	}
	var word string
	var objects int
	_, err = pgx.ForEachRow(rows, []any{&version, &word, &objects}, func() error {
		if objects > 0 { // the only row of an empty vocabulary has none
			visit(word, objects)
		}
		return nil
	})
	return version, err
}

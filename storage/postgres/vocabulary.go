package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// Vocabulary visits the words of a noun, without storage.WordMark, with the number of
// objects that have each, in one snapshot. Every object has the empty word. Vocabulary
// returns the snapshot's version.
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
	rows, err := db.Query(ctx, `SELECT c.version, v.term, v.words FROM catalogue c,
		(SELECT term, words FROM vocabulary WHERE noun = $1 AND words > 0 UNION ALL SELECT '', count(*) FROM `+n.Plural+`) v`, n.Name)
	if err != nil {
		return 0, err
	}
	var word string
	var objects int
	_, err = pgx.ForEachRow(rows, []any{&version, &word, &objects}, func() error {
		if objects > 0 {
			visit(word, objects)
		}
		return nil
	})
	return version, err
}

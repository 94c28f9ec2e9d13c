package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// maxReason bounds, in characters, what is kept of a reason.
const maxReason = 1000

// DeadLetters lists what a search index did not take, by noun and id.
func (s *Store) DeadLetters(ctx context.Context, index string) ([]storage.DeadLetter, error) {
	rows, err := s.pool.Query(ctx, `SELECT noun, id, version, reason, at, attempts FROM dead_letters WHERE index = $1 ORDER BY noun, id`, index)
	if err != nil {
		return nil, translate(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (storage.DeadLetter, error) {
		l := storage.DeadLetter{Index: index}
		var noun string
		if err := row.Scan(&noun, &l.ID, &l.Version, &l.Reason, &l.At, &l.Attempts); err != nil {
			return l, err
		}
		if l.Noun = storage.NounByName(noun); l.Noun == nil {
			return l, fmt.Errorf("dead letter of the noun %q, which this program does not know", noun)
		}
		return l, nil
	})
	return out, translate(err)
}

// Bury stores what a search index did not take. A letter about the same object
// is replaced and its attempts are counted on.
func (s *Store) Bury(ctx context.Context, letters []storage.DeadLetter) error {
	var batch pgx.Batch
	for _, l := range letters {
		reason := []rune(l.Reason)
		batch.Queue(`INSERT INTO dead_letters (index, noun, id, version, reason) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (index, noun, id) DO UPDATE SET version = excluded.version, reason = excluded.reason, at = now(), attempts = dead_letters.attempts + 1`,
			l.Index, l.Noun.Name, l.ID, l.Version, string(reason[:min(len(reason), maxReason)]))
	}
	return s.inTransaction(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &batch).Close() })
}

// Exhume removes the letters about objects that the search index has taken by
// now at the letter's version or a later one.
func (s *Store) Exhume(ctx context.Context, letters []storage.DeadLetter) error {
	var batch pgx.Batch
	for _, l := range letters {
		batch.Queue(`DELETE FROM dead_letters WHERE index = $1 AND noun = $2 AND id = $3 AND version <= $4`, l.Index, l.Noun.Name, l.ID, l.Version)
	}
	return s.inTransaction(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &batch).Close() })
}

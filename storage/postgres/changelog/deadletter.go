package changelog

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// maxReason bounds the stored part of a reason, in characters.
const maxReason = 1000

// DeadLetters returns the dead letters of a search index, by noun and id.
func (l *Log) DeadLetters(ctx context.Context, index string) ([]storage.DeadLetter, error) {
	rows, err := l.pool.Query(ctx, `SELECT noun, id, version, reason, at, attempts FROM dead_letters WHERE index = $1 ORDER BY noun, id`, index)
	if err != nil {
		return nil, pool.Translate(err)
	}
	out, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (storage.DeadLetter, error) {
		d := storage.DeadLetter{Index: index}
		var noun string
		if err := row.Scan(&noun, &d.ID, &d.Version, &d.Reason, &d.At, &d.Attempts); err != nil {
			return d, err
		}
		if d.Noun = storage.NounByName(noun); d.Noun == nil {
			return d, fmt.Errorf("dead letter of the noun %q, which this program does not know", noun)
		}
		return d, nil
	})
	return out, pool.Translate(err)
}

// Bury stores dead letters. It replaces an earlier letter about the same object and
// increments its attempts.
func (l *Log) Bury(ctx context.Context, letters []storage.DeadLetter) error {
	var batch pgx.Batch
	for _, d := range letters {
		reason := []rune(d.Reason)
		batch.Queue(`INSERT INTO dead_letters (index, noun, id, version, reason) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (index, noun, id) DO UPDATE SET version = excluded.version, reason = excluded.reason, at = now(), attempts = dead_letters.attempts + 1`,
			d.Index, d.Noun.Name, d.ID, d.Version, string(reason[:min(len(reason), maxReason)]))
	}
	return l.pool.Transaction(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &batch).Close() })
}

// Exhume deletes the dead letters of objects that the search index has accepted at
// the letter's version or a later one.
func (l *Log) Exhume(ctx context.Context, letters []storage.DeadLetter) error {
	var batch pgx.Batch
	for _, d := range letters {
		batch.Queue(`DELETE FROM dead_letters WHERE index = $1 AND noun = $2 AND id = $3 AND version <= $4`, d.Index, d.Noun.Name, d.ID, d.Version)
	}
	return l.pool.Transaction(ctx, func(tx pgx.Tx) error { return tx.SendBatch(ctx, &batch).Close() })
}

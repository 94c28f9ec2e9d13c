package flush

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// Flushes returns the objects whose counters changed after position since, from
// at most limit flushes. A negative since means the end of the log.
func (c *Counters) Flushes(ctx context.Context, since int64, limit int) (*storage.Flushes, error) {
	out := &storage.Flushes{Complete: true}
	err := c.pool.Snapshot(ctx, func(tx pgx.Tx) error {
		var last, first int64
		err := tx.QueryRow(ctx, `SELECT counted, coalesce((SELECT min(seq) FROM counted), counted + 1) FROM catalogue`).Scan(&last, &first)
		if err != nil {
			return err
		}
		if since < 0 {
			since = last
		}
		if since > last || since < first-1 {
			out.Complete, since = false, last
		}
		out.Next = min(last, since+int64(limit))
		rows, err := tx.Query(ctx, `SELECT noun, ids FROM counted WHERE seq > $1 AND seq <= $2 ORDER BY seq, noun`, since, out.Next)
		if err != nil {
			return err
		}
		out.Flushes, err = pgx.CollectRows(rows, scanFlush)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the flush log: %w", pool.Translate(err))
	}
	return out, nil
}

// IndexedFlushes returns the flushes after position since that the live search
// index shows, at most limit of them. Answers of the index made from now on include
// them. Without a live index there are none.
func (c *Counters) IndexedFlushes(ctx context.Context, since int64, limit int) (*storage.Flushes, error) {
	var position int64
	err := c.pool.QueryRow(ctx, `SELECT coalesce(min(counted), 0) FROM checkpoints WHERE state = 'live'`).Scan(&position)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the flush position of the index: %w", pool.Translate(err))
	case since < 0 || since >= position: // after a swap, another index may be at an earlier position
		return &storage.Flushes{Next: position, Complete: since <= position}, nil
	}
	log, err := c.Flushes(ctx, since, int(min(int64(limit), position-since)))
	if err == nil {
		log.Next = min(log.Next, position)
	}
	return log, err
}

func scanFlush(row pgx.CollectableRow) (f storage.Flush, err error) {
	var noun string
	err = row.Scan(&noun, &f.IDs)
	f.Noun = storage.NounByName(noun)
	return f, err
}

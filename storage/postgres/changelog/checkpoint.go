package changelog

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// live is the version up to which every live search index holds every change, NULL
// if there is none.
const live = `(SELECT min(version) FROM checkpoints WHERE state = 'live')`

// IndexedVersion returns the version up to which the live search index holds every
// change, 0 if there is none.
func (l *Log) IndexedVersion(ctx context.Context) (int64, error) {
	var v int64
	err := l.pool.QueryRow(ctx, `SELECT coalesce(`+live+`, 0)`).Scan(&v)
	return v, pool.Translate(err)
}

// Checkpoints returns the checkpoint of every search index.
func (l *Log) Checkpoints(ctx context.Context) (*storage.Checkpoints, error) {
	var out storage.Checkpoints
	err := l.pool.Snapshot(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT pruned, version FROM catalogue`).Scan(&out.Pruned, &out.Version); err != nil {
			return err
		}
		var err error
		out.All, err = checkpoints(ctx, tx, `true ORDER BY created, index`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the checkpoints: %w", pool.Translate(err))
	}
	return &out, nil
}

func checkpoints(ctx context.Context, db pool.Querier, condition string, args ...any) ([]storage.Checkpoint, error) {
	rows, err := db.Query(ctx, `SELECT index, state, version, counted, created, updated FROM checkpoints WHERE `+condition, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (storage.Checkpoint, error) {
		var c storage.Checkpoint
		err := row.Scan(&c.Index, &c.State, &c.Version, &c.Flushed, &c.Created, &c.Updated)
		return c, err
	})
}

// CreateCheckpoint stores the checkpoint of a search index that is about to be
// built: at the catalogue's version, from which on changes are not pruned, and at
// the end of the flush log.
func (l *Log) CreateCheckpoint(ctx context.Context, index string) error {
	_, err := l.pool.Exec(ctx, `INSERT INTO checkpoints (index, version, counted) SELECT $1, version, counted FROM catalogue`, index)
	return pool.Translate(err)
}

// DropCheckpoint deletes the checkpoint of a search index, and its dead letters.
func (l *Log) DropCheckpoint(ctx context.Context, index string) error {
	_, err := l.pool.Exec(ctx, `DELETE FROM checkpoints WHERE index = $1`, index)
	return pool.Translate(err)
}

// SaveCheckpoint stores that a search index holds every change up to a version,
// notifies listeners of the indexed version, and returns the live checkpoints. A
// checkpoint never moves back. An index without a checkpoint gets none.
func (l *Log) SaveCheckpoint(ctx context.Context, index string, version int64) ([]storage.Checkpoint, error) {
	var out []storage.Checkpoint
	err := l.pool.Transaction(ctx, func(tx pgx.Tx) error {
		var batch pgx.Batch
		batch.Queue(`UPDATE checkpoints SET version = greatest(version, $2), updated = now() WHERE index = $1`, index, version)
		batch.Queue(`SELECT pg_notify($1, v::text) FROM `+live+` AS l (v) WHERE v IS NOT NULL`, storage.IndexedChannel)
		if err := tx.SendBatch(ctx, &batch).Close(); err != nil {
			return err
		}
		var err error
		out, err = checkpoints(ctx, tx, `state = 'live'`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store the checkpoint %d of %s: %w", version, index, err)
	}
	return out, nil
}

// SaveFlushed stores the position in the flush log up to which a search index
// shows counters. The position may be earlier than before, after the database was
// restored; sending counters twice does no harm.
func (l *Log) SaveFlushed(ctx context.Context, index string, position int64) error {
	_, err := l.pool.Exec(ctx, `UPDATE checkpoints SET counted = $2 WHERE index = $1`, index, position)
	if err != nil {
		return fmt.Errorf("store the flush position %d of %s: %w", position, index, pool.Translate(err))
	}
	return nil
}

// Promote makes a search index live beside the present one. It locks the present
// one's checkpoint while catchUp brings the new index up to that version, which must
// take seconds at most. So a reader that moves to the new index never goes back in
// time. catchUp returns the version that the new index reached.
func (l *Log) Promote(ctx context.Context, index string, catchUp func(ctx context.Context, version int64) (int64, error)) error {
	err := l.pool.Transaction(ctx, func(tx pgx.Tx) error {
		held, err := checkpoints(ctx, tx, `state = 'live' AND index <> $1 FOR UPDATE`, index)
		if err != nil {
			return err
		}
		var to int64
		for _, c := range held {
			to = max(to, c.Version)
		}
		reached, err := catchUp(ctx, to)
		if err != nil {
			return err
		}
		if reached < to {
			return storage.Errorf(storage.Unavailable, "%s is at version %d, readers are at %d already", index, reached, to)
		}
		tag, err := tx.Exec(ctx, `UPDATE checkpoints SET state = 'live', version = greatest(version, $2), updated = now() WHERE index = $1`, index, reached)
		if err == nil && tag.RowsAffected() == 0 {
			err = fmt.Errorf("it has no checkpoint")
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("make %s live: %w", index, err)
	}
	return nil
}

// Settle makes a search index the only live one. The other live indexes become
// old ones, and followers and listeners are notified.
func (l *Log) Settle(ctx context.Context, index string) error {
	err := l.pool.Transaction(ctx, func(tx pgx.Tx) error {
		var v int64
		if err := tx.QueryRow(ctx, `UPDATE checkpoints SET state = 'live' WHERE index = $1 RETURNING version`, index).Scan(&v); err != nil {
			return err
		}
		var batch pgx.Batch
		batch.Queue(`UPDATE checkpoints SET state = 'kept', updated = now() WHERE state = 'live' AND index <> $1`, index)
		batch.Queue(`SELECT pg_notify($1, $2), pg_notify($3, $2)`, storage.IndexedChannel, strconv.FormatInt(v, 10), storage.CatalogueChannel)
		return tx.SendBatch(ctx, &batch).Close()
	})
	if err != nil {
		return fmt.Errorf("make %s the only live index: %w", index, err)
	}
	return nil
}

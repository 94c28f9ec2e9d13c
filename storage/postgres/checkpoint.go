package postgres

import (
	"context"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// live is the version up to which every search index that readers may meet
// holds every change, NULL when there is none.
const live = `(SELECT min(version) FROM checkpoints WHERE state = 'live')`

// IndexedVersion is the version up to which the live search index holds every
// change, 0 when there is none.
func (s *Store) IndexedVersion(ctx context.Context) (int64, error) {
	var v int64
	err := s.pool.QueryRow(ctx, `SELECT coalesce(`+live+`, 0)`).Scan(&v)
	return v, translate(err)
}

// Checkpoints reads how far every search index has come.
func (s *Store) Checkpoints(ctx context.Context) (*storage.Checkpoints, error) {
	var out storage.Checkpoints
	err := s.inSnapshot(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT pruned, version FROM catalogue`).Scan(&out.Pruned, &out.Version); err != nil {
			return err
		}
		var err error
		out.All, err = checkpoints(ctx, tx, `true ORDER BY created, index`)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the checkpoints: %w", translate(err))
	}
	return &out, nil
}

func checkpoints(ctx context.Context, q querier, condition string, args ...any) ([]storage.Checkpoint, error) {
	rows, err := q.Query(ctx, `SELECT index, state, version, counted, created, updated FROM checkpoints WHERE `+condition, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (storage.Checkpoint, error) {
		var c storage.Checkpoint
		err := row.Scan(&c.Index, &c.State, &c.Version, &c.Flushed, &c.Created, &c.Updated)
		return c, err
	})
}

// CreateCheckpoint announces a search index that is about to be built, at the
// catalogue's version, from which on the log is kept for it, and at the end of
// the flush log.
func (s *Store) CreateCheckpoint(ctx context.Context, index string) error {
	_, err := s.pool.Exec(ctx, `INSERT INTO checkpoints (index, version, counted) SELECT $1, version, counted FROM catalogue`, index)
	return translate(err)
}

// DropCheckpoint forgets a search index with its dead letters.
func (s *Store) DropCheckpoint(ctx context.Context, index string) error {
	_, err := s.pool.Exec(ctx, `DELETE FROM checkpoints WHERE index = $1`, index)
	return translate(err)
}

// SaveCheckpoint stores that a search index holds every change up to a version,
// tells listeners how far the live one has come, and returns the live ones. A
// checkpoint never moves back; that of an index without one is not stored.
func (s *Store) SaveCheckpoint(ctx context.Context, index string, version int64) ([]storage.Checkpoint, error) {
	var out []storage.Checkpoint
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
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
func (s *Store) SaveFlushed(ctx context.Context, index string, position int64) error {
	_, err := s.pool.Exec(ctx, `UPDATE checkpoints SET counted = $2 WHERE index = $1`, index, position)
	if err != nil {
		return fmt.Errorf("store the flush position %d of %s: %w", position, index, translate(err))
	}
	return nil
}

// IndexedFlushes returns the flushes after position since that the live search
// index shows, at most limit of them: answers of the index made from now on include
// them. Without a live index there are none.
func (s *Store) IndexedFlushes(ctx context.Context, since int64, limit int) (*storage.Flushes, error) {
	var position int64
	err := s.pool.QueryRow(ctx, `SELECT coalesce(min(counted), 0) FROM checkpoints WHERE state = 'live'`).Scan(&position)
	switch {
	case err != nil:
		return nil, fmt.Errorf("read the flush position of the index: %w", translate(err))
	case since < 0 || since >= position: // after a swap, another index may be at an earlier position
		return &storage.Flushes{Next: position, Complete: since <= position}, nil
	}
	log, err := s.Flushes(ctx, since, int(min(int64(limit), position-since)))
	if err == nil {
		log.Next = min(log.Next, position)
	}
	return log, err
}

// Promote makes a search index live beside the one that is. While the latter's
// checkpoint is held still, catchUp has to bring the new index up to it, within
// seconds: so no reader that is moved from one to the other goes back in time.
// catchUp returns the version that the new index then has.
func (s *Store) Promote(ctx context.Context, index string, catchUp func(ctx context.Context, version int64) (int64, error)) error {
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
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

// Settle leaves one search index live: the others that are, are kept. Followers
// and listeners are told.
func (s *Store) Settle(ctx context.Context, index string) error {
	err := s.inTransaction(ctx, func(tx pgx.Tx) error {
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
		return fmt.Errorf("leave %s live: %w", index, err)
	}
	return nil
}

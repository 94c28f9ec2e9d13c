package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// maxHistory is how many events of one object are kept: an editor's program
// that writes the same object again and again must not fill the disk.
const maxHistory = 100

// record queues an event of an object's history. For an update or deletion, d is
// the state that it replaced, and replaced that state's version.
func (w *writing) record(op storage.Operation, d *storage.Document, replaced int64, fields []string) {
	var before []byte
	if op != storage.Create {
		before = d.AppendJSON(nil)
	}
	w.pending.Queue(`INSERT INTO history (noun, object_id, version, operation, who, at, fields, replaced, before) VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, '{}'::text[]), $8, $9)`,
		d.Noun.Name, d.ID, w.version, string(op), w.Who, w.now, fields, pgtype.Int8{Int64: replaced, Valid: before != nil}, before)
	if op == storage.Update {
		w.pending.Queue(`DELETE FROM history WHERE noun = $1 AND object_id = $2 AND version <=
			(SELECT version FROM history WHERE noun = $1 AND object_id = $2 ORDER BY version DESC OFFSET $3 LIMIT 1)`, d.Noun.Name, d.ID, maxHistory)
	}
}

// History lists what was done to an object before a version, 0 for now, the
// latest first. It goes on after the object was deleted; imports are no part of
// it. An object that nobody wrote has an empty one.
func (s *Store) History(ctx context.Context, n *storage.Noun, id string, before int64, limit int) ([]storage.Event, error) {
	rows, err := s.pool.Query(ctx, `SELECT version, operation, who, at, fields, coalesce(replaced, 0) FROM history
		WHERE noun = $1 AND object_id = $2 AND ($3 = 0 OR version < $3) ORDER BY version DESC LIMIT $4`, n.Name, id, before, limit)
	if err != nil {
		return nil, fmt.Errorf("read the history of %s %s: %w", n.Name, id, translate(err))
	}
	events, err := pgx.CollectRows(rows, pgx.RowToStructByPos[storage.Event])
	if err != nil {
		return nil, fmt.Errorf("read the history of %s %s: %w", n.Name, id, translate(err))
	}
	for i := range events {
		events[i].At = events[i].At.UTC()
	}
	return events, nil
}

// Revision reads the state that an object had at its version, also when the
// object was deleted. NotFound when there was none, or it is no longer kept.
// Counts, votes and views are those of when the state was replaced.
func (s *Store) Revision(ctx context.Context, n *storage.Noun, id string, version int64) (*storage.Document, error) {
	o, err := s.Get(ctx, n, id, nil) // first: a write in between only adds to the history
	switch {
	case err == nil && o.Version == version:
		return storage.ParseDocument(n, o.Body)
	case err != nil && storage.CodeOf(err) != storage.NotFound:
		return nil, err
	}
	var state []byte
	err = s.pool.QueryRow(ctx, `SELECT before FROM history WHERE noun = $1 AND object_id = $2 AND replaced = $3`, n.Name, id, version).Scan(&state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, storage.Errorf(storage.NotFound, "%s %s has no version %d, or it is no longer kept", n.Name, storage.Excerpt(id), version)
	case err != nil:
		return nil, fmt.Errorf("read version %d of %s %s: %w", version, n.Name, id, translate(err))
	}
	return storage.ParseDocument(n, state)
}

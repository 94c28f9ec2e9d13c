package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// What is kept of one object, beside the last event in any case: an editor's
// program that writes the same object again and again must not fill the disk.
const (
	maxHistory      = 100 // events
	maxHistoryBytes = 4 << 20
)

// record queues an event of an object's history. For an update or deletion, d is
// the state that it replaced, and replaced that state's version.
func (w *writing) record(op storage.Operation, d *storage.Document, replaced int64, fields []string) {
	var before []byte
	if op != storage.Create {
		before = d.AppendJSON(nil)
	}
	w.pending.Queue(`INSERT INTO history (noun, object_id, version, operation, who, at, fields, replaced, before) VALUES ($1, $2, $3, $4, $5, $6, coalesce($7, '{}'::text[]), $8, $9)`,
		d.Noun.Name, d.ID, w.version, string(op), w.Who, w.now, fields, pgtype.Int8{Int64: replaced, Valid: before != nil}, before)
	if op != storage.Create || d.Noun.Slug { // the server gives no number twice
		w.pending.Queue(`DELETE FROM history WHERE noun = $1 AND object_id = $2 AND version <= (SELECT max(version) FROM
			(SELECT version, row_number() OVER latest AS n, sum(pg_column_size(before)) OVER latest AS bytes FROM history
				WHERE noun = $1 AND object_id = $2 WINDOW latest AS (ORDER BY version DESC)) h WHERE n > $3 OR n > 1 AND bytes > $4)`,
			d.Noun.Name, d.ID, maxHistory, maxHistoryBytes)
	}
}

// maxStates is how many bytes of states one reading of a history takes into
// memory, beside those of its first event: an object may have 1 MB, and 100 events.
const maxStates = 1 << 20

// History lists what was done to an object before a version, 0 for now, the
// latest first. It goes on after the object was deleted; imports are no part of
// it. An object that nobody wrote has an empty one.
func (s *Store) History(ctx context.Context, n *storage.Noun, id string, before int64, limit int) ([]storage.Event, error) {
	events, err := s.events(ctx, n, id, before, limit)
	if err == nil {
		err = s.follow(ctx, n, id, events)
	}
	if err != nil {
		return nil, fmt.Errorf("read the history of %s %s: %w", n.Name, id, err)
	}
	return events, nil
}

// events reads a part of the history, with the states that were replaced.
func (s *Store) events(ctx context.Context, n *storage.Noun, id string, before int64, limit int) ([]storage.Event, error) {
	rows, err := s.pool.Query(ctx, `SELECT version, operation, who, at, fields, coalesce(replaced, 0),
			CASE WHEN row_number() OVER latest = 1 OR sum(octet_length(before::text)) OVER latest <= $5 THEN before END
		FROM (SELECT version, operation, who, at, fields, replaced, before FROM history WHERE noun = $1 AND object_id = $2 AND ($3 = 0 OR version < $3) ORDER BY version DESC LIMIT $4) h
		WINDOW latest AS (ORDER BY version DESC) ORDER BY version DESC`, n.Name, id, before, limit, maxStates)
	if err != nil {
		return nil, translate(err)
	}
	events, err := pgx.CollectRows(rows, func(row pgx.CollectableRow) (e storage.Event, err error) {
		var state []byte
		if err := row.Scan(&e.Version, &e.Operation, &e.Who, &e.At, &e.Fields, &e.Replaced, &state); err != nil {
			return e, err
		}
		e.At = e.At.UTC()
		if state != nil {
			e.Before, err = storage.ParseDocument(n, state)
		}
		return e, err
	})
	return events, translate(err)
}

// follow finds the states behind updates: each is the one before the next event,
// and what is behind the last one is looked up.
func (s *Store) follow(ctx context.Context, n *storage.Noun, id string, events []storage.Event) error {
	for i := range events {
		e := &events[i]
		switch {
		case e.Before == nil || e.Operation != storage.Update:
		case i > 0:
			e.After = events[i-1].Before
		default:
			after, err := s.Revision(ctx, n, id, e.Version)
			if err != nil && storage.CodeOf(err) != storage.NotFound {
				return err
			}
			e.After = after
		}
	}
	return nil
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

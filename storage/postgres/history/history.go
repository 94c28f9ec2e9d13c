// Package history stores the events of each object: its creation, edits and deletion,
// with the states that they replaced.
package history

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

const (
	// maxStates bounds the states that one call of History reads into memory, in
	// bytes, beside that of its first event. An object may have 100 events of 1 MB.
	maxStates = 1 << 20
	// pruneAtOnce is how many events one statement deletes, which takes some tens of
	// milliseconds.
	pruneAtOnce = 1000
)

// Archive is the history of all objects of a database. It is safe for concurrent
// use.
type Archive struct {
	pool *pool.Pool
	now  func() time.Time
}

// New returns the archive of a database.
func New(p *pool.Pool, now func() time.Time) *Archive { return &Archive{pool: p, now: now} }

// History returns the events of an object before a version, 0 for now, the latest
// first. It includes the deletion of the object, and excludes imports. An object
// that was never written has no events.
func (a *Archive) History(ctx context.Context, n *storage.Noun, id string, before int64, limit int) ([]storage.Event, error) {
	events, err := a.events(ctx, n, id, before, limit)
	if err == nil {
		err = a.setAfter(ctx, n, id, events)
	}
	if err != nil {
		return nil, fmt.Errorf("read the history of %s %s: %w", n.Name, id, err)
	}
	return events, nil
}

// events reads events with the states that they replaced.
func (a *Archive) events(ctx context.Context, n *storage.Noun, id string, before int64, limit int) ([]storage.Event, error) {
	rows, err := a.pool.Query(ctx, `SELECT version, operation, who, at, fields, coalesce(replaced, 0),
			CASE WHEN row_number() OVER latest = 1 OR sum(octet_length(before::text)) OVER latest <= $5 THEN before END
		FROM (SELECT version, operation, who, at, fields, replaced, before FROM history WHERE noun = $1 AND object_id = $2 AND ($3::bigint = 0 OR version < $3) ORDER BY version DESC LIMIT $4) h
		WINDOW latest AS (ORDER BY version DESC) ORDER BY version DESC`, n.Name, id, before, limit, maxStates)
	if err != nil {
		return nil, pool.Translate(err)
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
	return events, pool.Translate(err)
}

// setAfter sets the states that updates made: each is the one that the next event
// replaced, and the last one is looked up.
func (a *Archive) setAfter(ctx context.Context, n *storage.Noun, id string, events []storage.Event) error {
	for i := range events {
		e := &events[i]
		switch {
		case e.Before == nil || e.Operation != storage.Update:
		case i > 0:
			e.After = events[i-1].Before
		default:
			after, err := a.Revision(ctx, n, id, e.Version)
			if err != nil && storage.CodeOf(err) != storage.NotFound {
				return err
			}
			e.After = after
		}
	}
	return nil
}

// Revision returns the state that an object had at a version of its own, also if
// the object was deleted. NotFound if there was none, or it was pruned. Counts and
// counters are as they were when the state was replaced.
func (a *Archive) Revision(ctx context.Context, n *storage.Noun, id string, version int64) (*storage.Document, error) {
	o, err := schema.Get(ctx, a.pool, n, id, nil) // first: a write in between only adds to the history
	switch {
	case err == nil && o.Version == version:
		return storage.ParseDocument(n, o.Body)
	case err != nil && storage.CodeOf(err) != storage.NotFound:
		return nil, err
	}
	var state []byte
	err = a.pool.QueryRow(ctx, `SELECT before FROM history WHERE noun = $1 AND object_id = $2 AND replaced = $3`, n.Name, id, version).Scan(&state)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil, storage.Errorf(storage.NotFound, "%s %s has no version %d, or it is no longer stored", n.Name, storage.Excerpt(id), version)
	case err != nil:
		return nil, fmt.Errorf("read version %d of %s %s: %w", version, n.Name, id, pool.Translate(err))
	}
	return storage.ParseDocument(n, state)
}

// PruneHistory deletes events older than age with the states that they replaced. It
// returns the number of events, also on an error. Present states stay.
func (a *Archive) PruneHistory(ctx context.Context, age time.Duration) (int64, error) {
	old := a.now().Add(-age)
	n, err := a.pool.DeleteInBatches(ctx, pruneAtOnce, `DELETE FROM history WHERE ctid = ANY (ARRAY(SELECT ctid FROM history WHERE at < $2 LIMIT $1))`, old)
	if err == nil {
		_, err = a.pool.DeleteInBatches(ctx, pruneAtOnce, `DELETE FROM deleted WHERE ctid = ANY (ARRAY(SELECT ctid FROM deleted WHERE at < $2 LIMIT $1))`, old)
	}
	if err != nil {
		return n, fmt.Errorf("prune the history of objects: %w", err)
	}
	return n, nil
}

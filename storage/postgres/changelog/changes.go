// Package changelog stores the change log for its followers: the changes, the
// checkpoints of search indexes, and their dead letters.
package changelog

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// Log is the change log of a database. It is safe for concurrent use.
type Log struct {
	pool *pool.Pool
	now  func() time.Time
}

// New returns the log of a database.
func New(p *pool.Pool, now func() time.Time) *Log { return &Log{pool: p, now: now} }

// Span returns the part of the log that can be read: the changes of every version
// greater than after, up to version, the catalogue's version.
func (l *Log) Span(ctx context.Context) (after, version int64, err error) {
	err = l.pool.QueryRow(ctx, `SELECT pruned, version FROM catalogue`).Scan(&after, &version)
	return after, version, pool.Translate(err)
}

// Changes returns the changes after version since, in order: about limit of them,
// and always all of the last version. It fails if some of them were pruned.
func (l *Log) Changes(ctx context.Context, since int64, limit int) (*storage.Changes, error) {
	return l.since(ctx, since, func(tx pgx.Tx, version int64) (pgx.Rows, error) {
		return tx.Query(ctx, selectChanges+` WHERE version > $1 AND version <= coalesce((SELECT version FROM changes WHERE version > $1 ORDER BY version, index OFFSET $2 LIMIT 1), $3)
			ORDER BY version, index`, since, limit-1, version)
	})
}

// maxScanned bounds the changes that one read of some nouns scans. Scanning as many takes
// some tens of milliseconds.
const maxScanned = 10_000

// ChangesOf returns the changes of nouns after version since, as Changes does. It has all of
// them up to version next. The read ends there when it has enough, or has looked at so many
// others that the next read should go on.
func (l *Log) ChangesOf(ctx context.Context, nouns []*storage.Noun, since int64, limit int) (changes *storage.Changes, next int64, err error) {
	names := make([]string, len(nouns))
	for i, n := range nouns {
		names[i] = n.Name
	}
	changes, err = l.since(ctx, since, func(tx pgx.Tx, version int64) (pgx.Rows, error) {
		if err := tx.QueryRow(ctx, `WITH scanned AS (SELECT version, index, noun FROM changes WHERE version > $1 ORDER BY version, index LIMIT $2)
			SELECT coalesce((SELECT version FROM scanned WHERE noun = ANY ($3) ORDER BY version, index OFFSET $4 LIMIT 1),
				(SELECT version FROM scanned ORDER BY version, index OFFSET $2 - 1 LIMIT 1), $5)`,
			since, maxScanned, names, limit-1, version).Scan(&next); err != nil {
			return nil, err
		}
		return tx.Query(ctx, selectChanges+` WHERE version > $1 AND version <= $2 AND noun = ANY ($3) ORDER BY version, index`, since, next, names)
	})
	return changes, next, err
}

// selectChanges reads what scanChange scans.
const selectChanges = `SELECT version, index, noun, operation, ids, who, at, before, after FROM changes`

// since reads changes after a version in one snapshot, in which query selects them.
func (l *Log) since(ctx context.Context, since int64, query func(tx pgx.Tx, version int64) (pgx.Rows, error)) (*storage.Changes, error) {
	out, err := l.read(ctx, func(tx pgx.Tx, version, pruned int64) (pgx.Rows, error) {
		if err := checkSince(since, pruned, version); err != nil {
			return nil, err
		}
		return query(tx, version)
	})
	if err != nil {
		return nil, fmt.Errorf("read changes since %d: %w", since, err)
	}
	return out, nil
}

// ChangesAfter returns at most limit changes after a position, in order. If some of them
// were pruned, which Pruned shows, others may be missing.
func (l *Log) ChangesAfter(ctx context.Context, at storage.LogPosition, limit int) (*storage.Changes, error) {
	out, err := l.read(ctx, func(tx pgx.Tx, _, _ int64) (pgx.Rows, error) {
		return tx.Query(ctx, selectChanges+` WHERE (version, index) > ($1, $2) ORDER BY version, index LIMIT $3`, at.Version, at.Index, limit)
	})
	if err != nil {
		return nil, fmt.Errorf("read changes after %d: %w", at.Version, err)
	}
	return out, nil
}

// read reads changes in one snapshot, in which query selects them.
func (l *Log) read(ctx context.Context, query func(tx pgx.Tx, version, pruned int64) (pgx.Rows, error)) (*storage.Changes, error) {
	var out storage.Changes
	err := l.pool.Snapshot(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT version, pruned FROM catalogue`).Scan(&out.Version, &out.Pruned); err != nil {
			return err
		}
		rows, err := query(tx, out.Version, out.Pruned)
		if err != nil {
			return err
		}
		out.Changes, err = pgx.CollectRows(rows, scanChange)
		return err
	})
	if err != nil {
		return nil, pool.Translate(err)
	}
	return &out, nil
}

func checkSince(since, pruned, version int64) error {
	reason := ""
	switch {
	case since < pruned:
		reason = fmt.Sprintf("must be %d or more, because older changes were pruned: read the catalogue again, then follow from its version", pruned)
	case since > version:
		reason = fmt.Sprintf("must be at most %d, the catalogue's version", version)
	default:
		return nil
	}
	return &storage.Error{Code: storage.Invalid, Detail: "since " + reason,
		Faults: []storage.Fault{{Parameter: "since", Value: fmt.Sprint(since), Reason: reason, Allowed: fmt.Sprintf("%d-%d", pruned, version)}}}
}

func scanChange(rows pgx.CollectableRow) (storage.Change, error) {
	var c storage.Change
	var noun, operation string
	var before, after []byte
	if err := rows.Scan(&c.Version, &c.Index, &noun, &operation, &c.IDs, &c.Who, &c.At, &before, &after); err != nil {
		return c, err
	}
	c.Noun, c.Operation, c.At = storage.NounByName(noun), storage.Operation(operation), c.At.UTC()
	if c.Noun == nil {
		return c, fmt.Errorf("change %d names the noun %q, which this program does not know", c.Version, noun)
	}
	var err error
	if c.Before, err = decode(c.Noun, before); err != nil {
		return c, err
	}
	c.After, err = decode(c.Noun, after)
	return c, err
}

func decode(n *storage.Noun, data []byte) (*storage.Document, error) {
	if data == nil {
		return nil, nil
	}
	return storage.ParseSearchDocument(n, data)
}

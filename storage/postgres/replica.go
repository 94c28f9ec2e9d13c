package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"marquee/storage"
)

const (
	// snapshotPage is how many objects a snapshot reads at a time.
	snapshotPage = 1000
	// snapshotIdle is how long a snapshot's reader may be busy with one page, in
	// milliseconds: it sends the page elsewhere, and may have to send it again.
	snapshotIdle = 300_000
)

// Documents reads objects by their ids with the names that they show, all in
// one snapshot, and the catalogue's version in it. Objects that do not exist
// are left out.
func (s *Store) Documents(ctx context.Context, n *storage.Noun, ids []string) ([]storage.Revision, int64, error) {
	var out []storage.Revision
	var at int64
	err := s.inSnapshot(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&at); err != nil {
			return err
		}
		t := tables[n]
		var err error
		out, err = t.revisions(ctx, tx, `WHERE t.id = ANY($1)`, keys(n, ids))
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read %d %s: %w", len(ids), n.Plural, translate(err))
	}
	return out, at, nil
}

// Snapshot visits every object of the nouns with the names that it shows, page
// by page, all in one snapshot, and returns the catalogue's version in it. The
// pages are the visitor's to keep.
func (s *Store) Snapshot(ctx context.Context, nouns []*storage.Noun, visit func([]storage.Revision) error) (int64, error) {
	var at int64
	err := s.inSnapshot(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`SET LOCAL idle_in_transaction_session_timeout = %d`, snapshotIdle)); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&at); err != nil {
			return err
		}
		for _, n := range nouns {
			if err := tables[n].pages(ctx, tx, visit); err != nil {
				return fmt.Errorf("read all %s: %w", n.Plural, err)
			}
		}
		return nil
	})
	return at, translate(err)
}

// inSnapshot runs f in a transaction that sees one state and changes nothing.
func (s *Store) inSnapshot(ctx context.Context, f func(pgx.Tx) error) error {
	return inSnapshot(ctx, s.pool, f)
}

func inSnapshot(ctx context.Context, pool *pgxpool.Pool, f func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, f)
}

// pages visits every object of the table in the order of ids.
func (t *table) pages(ctx context.Context, tx pgx.Tx, visit func([]storage.Revision) error) error {
	var after any = int64(0)
	if t.noun.Slug {
		after = ""
	}
	for {
		page, err := t.revisions(ctx, tx, fmt.Sprintf(`WHERE t.id > $1 ORDER BY t.id LIMIT %d`, snapshotPage), after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = key(t.noun, page[len(page)-1].Document.ID)
		if err := visit(page); err != nil {
			return err
		}
		if len(page) < snapshotPage {
			return nil
		}
	}
}

// revisions reads the objects that a clause asks for.
func (t *table) revisions(ctx context.Context, tx pgx.Tx, clause string, args ...any) ([]storage.Revision, error) {
	rows, err := tx.Query(ctx, `SELECT t.document_version, `+t.columns+` FROM `+t.name+` t `+clause, args...)
	if err != nil {
		return nil, err
	}
	out, err := pgx.CollectRows(rows, func(rows pgx.CollectableRow) (storage.Revision, error) {
		var shown pgtype.Int8
		var r row
		if err := rows.Scan(append([]any{&shown}, t.targets(&r)...)...); err != nil {
			return storage.Revision{}, err
		}
		d, err := t.document(&r)
		return storage.Revision{Document: d, Version: r.version.Int64, DocumentVersion: shown.Int64}, err
	})
	if err != nil {
		return nil, err
	}
	docs := make([]*storage.Document, len(out))
	for i := range out {
		docs[i] = out[i].Document
	}
	return out, (&writing{tx: tx}).names(ctx, docs...)
}

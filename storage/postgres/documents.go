package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

const (
	// documentPage is the number of objects that AllDocuments reads at a time.
	documentPage = 1000
	// visitIdle is how long a visitor of AllDocuments may take for one page, in
	// milliseconds: it sends the page to a server, and may have to retry.
	visitIdle = 300_000
)

// Documents returns objects by their ids, with the names that they show, all from one
// snapshot, and the snapshot's version. It skips objects that do not exist.
func (s *Store) Documents(ctx context.Context, n *storage.Noun, ids []string) ([]storage.Revision, int64, error) {
	var out []storage.Revision
	var at int64
	err := s.pool.Snapshot(ctx, func(tx pgx.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&at); err != nil {
			return err
		}
		var err error
		out, err = schema.Of(n).Revisions(ctx, tx, `WHERE t.id = ANY($1)`, schema.Keys(n, ids))
		return err
	})
	if err != nil {
		return nil, 0, fmt.Errorf("read %d %s: %w", len(ids), n.Plural, pool.Translate(err))
	}
	return out, at, nil
}

// AllDocuments visits every object of the nouns, with the names that it shows, page by
// page, all from one snapshot. It returns the snapshot's version. The visitor may
// retain the pages.
func (s *Store) AllDocuments(ctx context.Context, nouns []*storage.Noun, visit func([]storage.Revision) error) (int64, error) {
	var at int64
	err := s.pool.Snapshot(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, fmt.Sprintf(`SET LOCAL idle_in_transaction_session_timeout = %d`, visitIdle)); err != nil {
			return err
		}
		if err := tx.QueryRow(ctx, `SELECT version FROM catalogue`).Scan(&at); err != nil {
			return err
		}
		for _, n := range nouns {
			if err := visitAll(ctx, tx, schema.Of(n), visit); err != nil {
				return fmt.Errorf("read all %s: %w", n.Plural, err)
			}
		}
		return nil
	})
	return at, pool.Translate(err)
}

// visitAll visits every object of a table in the order of ids.
func visitAll(ctx context.Context, tx pgx.Tx, t *schema.Table, visit func([]storage.Revision) error) error {
	after := schema.FirstKey(t.Noun)
	for {
		page, err := t.Revisions(ctx, tx, fmt.Sprintf(`WHERE t.id > $1 ORDER BY t.id LIMIT %d`, documentPage), after)
		if err != nil || len(page) == 0 {
			return err
		}
		after = schema.Key(t.Noun, page[len(page)-1].Document.ID)
		if err := visit(page); err != nil {
			return err
		}
		if len(page) < documentPage {
			return nil
		}
	}
}

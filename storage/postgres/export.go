package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// Export visits every object of the catalogue in an order in which they can be
// imported again: by noun, then by id. It reads all of them from one snapshot.
// sources are the keys of an imported object, by source.
func (s *Store) Export(ctx context.Context, visit func(o *storage.Object, sources map[string]string) error) error {
	err := s.pool.Snapshot(ctx, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil { // the caller's deadline applies
			return err
		}
		for _, n := range storage.Nouns {
			if err := export(ctx, tx, schema.Of(n), visit); err != nil {
				return fmt.Errorf("export %s: %w", n.Plural, err)
			}
		}
		return nil
	})
	return pool.Translate(err)
}

func export(ctx context.Context, tx pgx.Tx, t *schema.Table, visit func(*storage.Object, map[string]string) error) error {
	rows, err := tx.Query(ctx, `SELECT (SELECT json_object_agg(s.source, s.key) FROM sources s WHERE s.noun = $1 AND s.object_id = t.id::text), `+
		t.Columns+` FROM `+t.Name+` t ORDER BY t.id`, t.Noun.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r schema.Row
		var keys []byte
		if err := rows.Scan(append([]any{&keys}, t.Targets(&r)...)...); err != nil {
			return err
		}
		o, err := t.Object(&r)
		if err != nil {
			return err
		}
		var sources map[string]string
		if keys != nil {
			if err := json.Unmarshal(keys, &sources); err != nil {
				return err
			}
		}
		if err := visit(o, sources); err != nil {
			return err
		}
	}
	return rows.Err()
}

package postgres

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// Export calls visit for every object of the catalogue, in an order in which
// they can be imported again: by noun, then by id. All are read from one
// snapshot. sources are the object's keys where it was imported from.
func (s *Store) Export(ctx context.Context, visit func(o *storage.Object, sources map[string]string) error) error {
	err := pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, `SET LOCAL statement_timeout = 0`); err != nil { // the caller's deadline holds
			return err
		}
		for _, n := range storage.Nouns {
			if err := export(ctx, tx, tables[n], visit); err != nil {
				return fmt.Errorf("export %s: %w", n.Plural, err)
			}
		}
		return nil
	})
	return translate(err)
}

func export(ctx context.Context, tx pgx.Tx, t *table, visit func(*storage.Object, map[string]string) error) error {
	rows, err := tx.Query(ctx, `SELECT (SELECT json_object_agg(s.source, s.key) FROM sources s WHERE s.noun = $1 AND s.object_id = t.id::text), `+
		t.columns+` FROM `+t.name+` t ORDER BY t.id`, t.noun.Name)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var r row
		var keys []byte
		if err := rows.Scan(append([]any{&keys}, t.targets(&r)...)...); err != nil {
			return err
		}
		o, err := t.object(&r)
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

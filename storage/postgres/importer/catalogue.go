package importer

import (
	"context"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/commit"
	"marquee/storage/postgres/conflict"
	"marquee/storage/postgres/importplan"
	"marquee/storage/postgres/reference"
	"marquee/storage/postgres/schema"
)

// catalogue is the catalogue that planning reads, in the batch's transaction.
type catalogue struct{ tx *commit.Tx }

// IDsByKey and KeysByID look each value up by itself, with LIMIT, because an import has to
// be fast before PostgreSQL has statistics: an index for = ANY would be chosen by chance, and
// one read from its start for each batch.

func (c *catalogue) IDsByKey(ctx context.Context, source string, n *storage.Noun, keys []string, deleted bool) (map[string]string, error) {
	sql := `SELECT k.key, s.object_id FROM unnest($3::text[]) k (key) JOIN LATERAL (
		SELECT object_id FROM sources WHERE source = $1 AND noun = $2 AND key = k.key LIMIT 1) s ON true`
	if !deleted {
		sql += ` WHERE EXISTS (SELECT FROM ` + n.Plural + ` o WHERE o.id = s.object_id::` + schema.KeyType(n) + `)`
	}
	return c.pairs(ctx, sql, source, n.Name, keys)
}

func (c *catalogue) KeysByID(ctx context.Context, source string, n *storage.Noun, ids []string) (map[string]string, error) {
	return c.pairs(ctx, `SELECT o.id, s.key FROM unnest($3::text[]) o (id) JOIN LATERAL (
		SELECT key FROM sources WHERE source = $1 AND noun = $2 AND object_id = o.id LIMIT 1) s ON true`, source, n.Name, ids)
}

func (c *catalogue) IDsByName(ctx context.Context, n *storage.Noun, folded []string) (map[string][]string, error) {
	return reference.IDsByName(ctx, c.tx, n, folded)
}

func (c *catalogue) IDsByValue(ctx context.Context, n *storage.Noun, by schema.Distinction, values []string) (map[string]string, error) {
	return conflict.IDsByValue(ctx, c.tx, n, by, values)
}

func (c *catalogue) Labels(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	return schema.Labels(ctx, c.tx, n, ids)
}

func (c *catalogue) Parents(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	column := "id"
	if above := schema.Of(n).Parents; len(above) > 0 {
		column = above[0].Name
	}
	return c.pairs(ctx, `SELECT id::text, `+column+`::text FROM `+n.Plural+` WHERE id = ANY($1)`, schema.Keys(n, ids))
}

func (c *catalogue) Digests(ctx context.Context, n *storage.Noun, ids []string) (map[string]string, error) {
	t := schema.Of(n)
	rows, err := c.tx.Query(ctx, `SELECT `+t.Columns+` FROM `+t.Name+` t WHERE id = ANY($1)`, schema.Keys(n, ids))
	if err != nil {
		return nil, err
	}
	docs, err := t.Collect(rows)
	digests := map[string]string{}
	for _, d := range docs {
		digests[d.ID] = importplan.Digest(d)
	}
	return digests, err
}

func (c *catalogue) LastID(ctx context.Context, n *storage.Noun) (last int64, err error) {
	err = c.tx.QueryRow(ctx, `SELECT coalesce(pg_sequence_last_value(pg_get_serial_sequence($1, 'id')::regclass), 0)`, n.Plural).Scan(&last)
	return last, err
}

func (c *catalogue) NextIDs(ctx context.Context, n *storage.Noun, count int) ([]string, error) {
	return c.tx.NextIDs(ctx, n, count)
}

// pairs returns the rows of a query of two texts.
func (c *catalogue) pairs(ctx context.Context, sql string, args ...any) (map[string]string, error) {
	rows, err := c.tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	found := map[string]string{}
	var k, v string
	_, err = pgx.ForEachRow(rows, []any{&k, &v}, func() error {
		found[k] = v
		return nil
	})
	return found, err
}

package suggested

import (
	"context"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/schema"
)

// Insert queues the rows of an object that has none.
func Insert(b *pgx.Batch, r *Row) {
	b.Queue(`INSERT INTO suggestions (noun, number, slug, label, release_year, words, likes, views, rating) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, r.Values()...)
	b.Queue(`INSERT INTO suggestion_words (noun, number, slug, word) SELECT $1, $2, $3, unnest($4::text[])`, r.noun, r.number, r.slug, r.words)
	b.Queue(`INSERT INTO suggestion_prefixes (noun, number, slug, likes, views, rating, prefix, starts) SELECT $1, $2, $3, $4, $5, $6, * FROM unnest($7::text[], $8::boolean[])`,
		r.noun, r.number, r.slug, r.likes, r.views, r.rating, r.prefixes, r.starts)
}

// Delete queues the deletion of the rows of objects of one noun.
func Delete(b *pgx.Batch, n *storage.Noun, ids ...string) {
	var numbers []int64
	var slugs []string
	for _, id := range ids {
		k := keyOf(n, id)
		numbers, slugs = append(numbers, k.number), append(slugs, k.slug)
	}
	for _, table := range []string{"suggestion_prefixes", "suggestion_words", "suggestions"} {
		b.Queue(`DELETE FROM `+table+` WHERE noun = $1 AND (number, slug) IN (SELECT * FROM unnest($2::bigint[], $3::text[]))`, n.Name, numbers, slugs)
	}
}

// Count copies the counters of objects of a noun to their rows. The transaction holds the
// lock of the catalogue, as every write does.
func Count(ctx context.Context, tx pgx.Tx, n *storage.Noun, ids []int64) error {
	if !Suggests(n) {
		return nil
	}
	var b pgx.Batch
	for _, table := range []string{"suggestion_prefixes", "suggestions"} {
		b.Queue(`UPDATE `+table+` s SET likes = c.likes, views = c.views FROM `+schema.CountersTable(n)+` c
			WHERE s.noun = $1 AND s.number = c.id AND s.slug = '' AND c.id = ANY($2) AND (s.likes, s.views) <> (c.likes, c.views)`, n.Name, ids)
	}
	return tx.SendBatch(ctx, &b).Close()
}

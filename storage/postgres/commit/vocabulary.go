package commit

import (
	"context"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/searched"
)

// count adds to the number of objects of a noun that have a term. Finish writes the sums.
func (tx *Tx) count(n *storage.Noun, term string, by int) {
	if tx.counts == nil {
		tx.counts = map[*storage.Noun]map[string]int{}
	}
	c := tx.counts[n]
	if c == nil {
		c = map[string]int{}
		tx.counts[n] = c
	}
	if c[term] += by; c[term] == 0 {
		delete(c, term)
	}
}

// Discount takes rows out of the vocabulary, before they are deleted or written again. It
// reads the terms from the rows, so the vocabulary always counts the stored ones, whatever
// program wrote them.
func (tx *Tx) Discount(ctx context.Context, n *storage.Noun, ids ...string) error {
	if !schema.Of(n).Searched() {
		return nil
	}
	rows, err := tx.Query(ctx, `SELECT term, count(*) FROM `+n.Plural+` t, unnest(tsvector_to_array(t.terms)) term WHERE t.id = ANY($1) GROUP BY term`,
		schema.Keys(n, ids))
	if err != nil {
		return err
	}
	var term string
	var objects int
	_, err = pgx.ForEachRow(rows, []any{&term, &objects}, func() error {
		if searched.IsCounted(term) {
			tx.count(n, term, -objects)
		}
		return nil
	})
	return err
}

// settleVocabulary queues the changes of the vocabulary. Lock lets only one transaction do
// this at a time, so two never wait for each other.
func (tx *Tx) settleVocabulary() {
	for _, n := range storage.Nouns {
		var terms, gone []string
		var by []int
		for _, term := range slices.Sorted(maps.Keys(tx.counts[n])) { // in the order of the pages
			terms, by = append(terms, term), append(by, tx.counts[n][term])
			if tx.counts[n][term] < 0 {
				gone = append(gone, term)
			}
		}
		if len(terms) > 0 {
			tx.Pending.Queue(`INSERT INTO vocabulary AS v SELECT $1, term, objects FROM unnest($2::text[], $3::integer[]) t(term, objects)
				ON CONFLICT (noun, term) DO UPDATE SET objects = v.objects + excluded.objects`, n.Name, terms, by)
		}
		if len(gone) > 0 {
			tx.Pending.Queue(`DELETE FROM vocabulary WHERE noun = $1 AND term = ANY($2) AND objects <= 0`, n.Name, gone)
		}
	}
	tx.counts = nil
}

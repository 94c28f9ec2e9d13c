package commit

import (
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/postgres/searched"
)

// tally is by how many more objects have a text as a term, and as a word.
type tally struct{ objects, words int }

// count adds to the number of objects of a noun that have a lexeme. Finish writes the sums
// of terms and words.
func (tx *Tx) count(n *storage.Noun, lexeme string, by int) {
	if !searched.IsCounted(lexeme) {
		return
	}
	if tx.counts == nil {
		tx.counts = map[*storage.Noun]map[string]tally{}
	}
	c := tx.counts[n]
	if c == nil {
		c = map[string]tally{}
		tx.counts[n] = c
	}
	term, isWord := strings.CutPrefix(lexeme, storage.WordMark)
	sum := c[term]
	if isWord {
		sum.words += by
	} else {
		sum.objects += by
	}
	if c[term] = sum; sum == (tally{}) {
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
		tx.count(n, term, -objects)
		return nil
	})
	return err
}

// settleVocabulary queues the changes of the vocabulary. Lock lets only one transaction do
// this at a time, so two never wait for each other.
func (tx *Tx) settleVocabulary() {
	for _, n := range storage.Nouns {
		var terms, gone []string
		var objects, words []int
		for _, term := range slices.Sorted(maps.Keys(tx.counts[n])) { // in the order of the pages
			t := tx.counts[n][term]
			terms, objects, words = append(terms, term), append(objects, t.objects), append(words, t.words)
			if t.objects < 0 || t.words < 0 {
				gone = append(gone, term)
			}
		}
		if len(terms) > 0 {
			tx.Pending.Queue(`INSERT INTO vocabulary AS v SELECT $1, * FROM unnest($2::text[], $3::integer[], $4::integer[])
				ON CONFLICT (noun, term) DO UPDATE SET objects = v.objects + excluded.objects, words = v.words + excluded.words`, n.Name, terms, objects, words)
		}
		if len(gone) > 0 {
			tx.Pending.Queue(`DELETE FROM vocabulary WHERE noun = $1 AND term = ANY($2) AND objects <= 0 AND words <= 0`, n.Name, gone)
		}
	}
	tx.counts = nil
}

package postgres

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"

	"marquee/search/text"
	"marquee/storage/postgres"
	"marquee/storage/spelling"
)

const (
	// similar is the lowest share of trigrams that a word and a mistyped one have in
	// common. Two swapped letters in a word of five leave a fifth.
	similar = "0.19"
	// maxSimilar bounds the words that are compared, maxNear those that are used.
	maxSimilar = 500
	maxNear    = 12
	// maxSpelled bounds the words of one text that are corrected.
	maxSpelled = 12
)

// forgive finds the words of the catalogue that the units may be typos of.
func forgive(ctx context.Context, v *postgres.Snapshot, units []unit) error {
	if err := v.Set(ctx, "pg_trgm.similarity_threshold", similar); err != nil {
		return err
	}
	for i := range units {
		if i == maxSpelled {
			return nil
		}
		if len(units[i].words) > 1 || typos(units[i].words[0]) == 0 {
			continue
		}
		var err error
		if units[i].near, err = near(ctx, v, units[i].words[0]); err != nil {
			return err
		}
	}
	return nil
}

// typos returns the number of typos that a word of its length may have.
func typos(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < 4 || n > 40 || text.IsNumber(word):
		return 0
	case n < 8:
		return 1
	}
	return 2
}

// near returns the words that a word may be a typo of, nearest first.
func near(ctx context.Context, v *postgres.Snapshot, word string) ([]string, error) {
	limit := typos(word)
	rows, err := v.Query(ctx, `SELECT word FROM old_vocabulary WHERE word % $1 AND length(word) BETWEEN $2 AND $3 AND word <> $1
		ORDER BY similarity(word, $1) DESC, word LIMIT $4`, word, utf8.RuneCountInString(word)-limit, utf8.RuneCountInString(word)+limit, maxSimilar)
	if err != nil {
		return nil, err
	}
	words, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return nil, err
	}
	distances := map[string]int{}
	for _, w := range words {
		distances[w] = spelling.Distance(word, w)
	}
	words = slices.DeleteFunc(words, func(w string) bool { return distances[w] > limit })
	slices.SortStableFunc(words, func(a, b string) int { return cmp.Compare(distances[a], distances[b]) })
	return words[:min(len(words), maxNear)], nil
}

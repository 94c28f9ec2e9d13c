package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/postgres"
)

// vocabulary is the text.Vocabulary of a snapshot.
type vocabulary struct {
	view *postgres.Snapshot
}

var _ text.Vocabulary = vocabulary{}

// Counts returns how many objects have each of the terms.
func (v vocabulary) Counts(ctx context.Context, n *storage.Noun, terms []string) (map[string]int, error) {
	keys := make([]string, len(terms))
	for i, term := range terms {
		keys[i] = strings.TrimPrefix(term, storage.WordMark)
	}
	rows, err := v.view.Query(ctx, `SELECT term, objects, words FROM vocabulary WHERE noun = $1 AND term = ANY($2)`, n.Name, keys)
	if err != nil {
		return nil, err
	}
	out := map[string]int{}
	var term string
	var objects, words int
	_, err = pgx.ForEachRow(rows, []any{&term, &objects, &words}, func() error {
		out[term], out[storage.WordMark+term] = objects, words
		return nil
	})
	return out, err
}

// Words visits the words that begin with a letter and have lengths from least to most.
func (v vocabulary) Words(ctx context.Context, n *storage.Noun, first rune, least, most int, visit func(word string, objects int)) error {
	rows, err := v.view.Query(ctx, `SELECT term, words FROM vocabulary
		WHERE noun = $1 AND term >= $2 AND term < $3 AND words > 0 AND length(term) BETWEEN $4 AND $5`, n.Name, string(first), string(first+1), least, most)
	if err != nil {
		return err
	}
	var word string
	var objects int
	_, err = pgx.ForEachRow(rows, []any{&word, &objects}, func() error {
		visit(word, objects)
		return nil
	})
	return err
}

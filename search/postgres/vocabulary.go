package postgres

import (
	"context"

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
	out := map[string]int{}
	err := v.visit(ctx, func(term string, objects int) { out[term] = objects },
		`SELECT term, objects FROM vocabulary WHERE noun = $1 AND term = ANY($2)`, n.Name, terms)
	return out, err
}

// Words visits the words that begin with a letter and have lengths from least to most.
func (v vocabulary) Words(ctx context.Context, n *storage.Noun, first rune, least, most int, visit func(word string, objects int)) error {
	return v.visit(ctx, visit, `SELECT substr(term, 2), objects FROM vocabulary
		WHERE noun = $1 AND term LIKE ':%' AND substr(term, 2, 1) = $2 AND length(term) BETWEEN $3 AND $4`, n.Name, string(first), least+1, most+1)
}

func (v vocabulary) visit(ctx context.Context, visit func(term string, objects int), sql string, args ...any) error {
	rows, err := v.view.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	var term string
	var objects int
	_, err = pgx.ForEachRow(rows, []any{&term, &objects}, func() error {
		visit(term, objects)
		return nil
	})
	return err
}

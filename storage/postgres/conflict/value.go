package conflict

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// IDsByValue returns the ids of the objects that have distinct values.
func IDsByValue(ctx context.Context, db pool.Querier, n *storage.Noun, by schema.Distinction, values []string) (map[string]string, error) {
	found := map[string]string{}
	if len(values) == 0 {
		return found, nil
	}
	condition, args := by.Column+` = ANY($1)`, []any{nil}
	if by.Name == "number" { // by the columns of its index
		parent := n.Parent().IDName()
		var parents, numbers []string
		for _, v := range values {
			p, number, _ := strings.Cut(v, "/")
			parents, numbers = append(parents, p), append(numbers, number)
		}
		condition = `(` + parent + `, number) IN (SELECT * FROM unnest($1::text[]::bigint[], $2::text[]::integer[]))`
		args = []any{parents, numbers}
	} else {
		var spellings []string
		for _, v := range values {
			spellings = append(spellings, by.Spellings(v)...)
		}
		args[0] = spellings
	}
	rows, err := db.Query(ctx, `SELECT `+by.Column+`, id::text FROM `+n.Plural+` WHERE `+condition, args...)
	if err != nil {
		return nil, err
	}
	var spelling, id string
	_, err = pgx.ForEachRow(rows, []any{&spelling, &id}, func() error {
		found[by.Spelled(spelling)] = id
		return nil
	})
	return found, err
}

package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"marquee/search/regex"
	"marquee/storage/postgres/listing"
)

// Films is set by the external tests: the URL of a database with real films.
var Films func(t testing.TB) string

// Every kind of search reads an index, not the table.
func TestSearchesAreIndexed(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), Films(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	parse := func(pattern string) listing.Clause {
		r, err := regex.Parse(pattern)
		if err != nil {
			t.Fatal(err)
		}
		return contains(r.Required())
	}
	few := newWanted("godfather xyzzy brando")
	for i := range few.needed {
		few.needed[i].frequency = i + 1
		few.needed[i].near = []string{"grandfather"}
	}
	for name, test := range map[string]struct {
		clause  listing.Clause
		indexes []string
	}{
		"exact":       {digest("The Godfather"), []string{"movies_digests"}},
		"regex":       {parse("star.*wars"), []string{"movies_canon"}},
		"anchors":     {parse("^It$"), []string{"movies_canon"}},
		"alternation": {parse("(?i)zombie|undead"), []string{"movies_canon"}},
		"match":       {newWanted("the godfather").all, []string{"movies_old_terms", "movies_digests"}},
		"phrase":      {newWanted(`"star wars" luke`).all, []string{"movies_old_terms", "movies_digests"}},
		"stop words":  {newWanted("the who").all, []string{"movies_old_terms", "movies_digests"}},
		"relaxed":     {few.most, []string{"movies_old_terms", "movies_digests"}},
	} {
		var args []any
		where := test.clause(func(v any) string {
			args = append(args, v)
			return fmt.Sprintf("$%d", len(args))
		})
		rows, err := conn.Query(t.Context(), "EXPLAIN SELECT t.id FROM movies t WHERE "+where, args...)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		plan := strings.Join(lines, "\n")
		for _, index := range test.indexes {
			if !strings.Contains(plan, "Bitmap Index Scan on "+index) || strings.Contains(plan, "Seq Scan") {
				t.Errorf("%s does not use %s:\n%s", name, index, plan)
			}
		}
	}
}

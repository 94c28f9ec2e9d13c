package suggested

import (
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/schedule"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// No text reads a whole table, and a short prefix is neither sorted nor read to its end.
func TestSuggestionsAreIndexed(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(await.Context(t), devstack.Films(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(await.Context(t)) })
	for _, text := range []string{"t", "th", "the", "love", "john", "the m", "of the p", "love st", "in the s"} {
		f := New(&storage.SuggestQuery{Nouns: storage.Suggested, Words: strings.Fields(text), Limit: 8}, schedule.New(schedule.Stamp{}, nil))
		s, err := f.statement(await.Context(t), conn, wording{words: alternatives(f.query.Words), nouns: f.query.Nouns})
		if err != nil {
			t.Fatal(err)
		}
		rows, err := conn.Query(await.Context(t), `EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) `+s.sql(), s.Args...)
		if err != nil {
			t.Fatal(err)
		}
		lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		plan := strings.Join(lines, "\n")
		if strings.Contains(plan, "Seq Scan on suggestion") {
			t.Errorf("%s reads a whole table:\n%s", text, plan)
		}
		if len(text) > shortest {
			continue
		}
		for _, line := range lines {
			var rows, loops float64
			_, actual, read := strings.Cut(line, "(actual ")
			if _, err := fmt.Sscanf(actual, "rows=%f loops=%f", &rows, &loops); read && err == nil && strings.Contains(line, "suggestion_prefixes") && rows > 8 {
				t.Errorf("%s reads %.0f rows of a prefix:\n%s", text, rows, plan)
			}
		}
	}
}

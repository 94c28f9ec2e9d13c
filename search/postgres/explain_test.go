package postgres

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"marquee/search/regex"
	"marquee/search/text"
	"marquee/storage"
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
	words := func(query string, relaxed bool) listing.Clause {
		w := &wanted{Query: text.Parse(query), noun: storage.Movie}
		for i := range w.Groups {
			w.Groups[i].Near = []text.Near{{Word: "grandfather", Edits: 1}}
		}
		return w.found(relaxed)
	}
	for name, test := range map[string]struct {
		clause listing.Clause
		index  string
	}{
		"exact":       {digest("The Godfather"), "movie_texts_digests"},
		"text":        {lookedUp(&regex.Plain{Text: "Godfather"}), "movie_texts_canon"},
		"whole text":  {lookedUp(&regex.Plain{Text: "It", Start: true, End: true}), "movie_texts_canon"},
		"(?i) text":   {lookedUp(&regex.Plain{Text: "zombie", Fold: true}), "movie_texts_canon"},
		"regex":       {parse("star.*wars"), "movie_texts_canon"},
		"anchors":     {parse("^It$"), "movie_texts_canon"},
		"alternation": {parse("(?i)zombie|undead"), "movie_texts_canon"},
		"match":       {words("the godfather", false), "movies_terms"},
		"phrase":      {words(`"star wars" luke`, false), "movies_terms"},
		"stop words":  {words("the who", false), "movies_terms"},
		"relaxed":     {words("godfather xyzzy brando", true), "movies_terms"},
		"most words":  {words("one two three four five six seven eight nine ten eleven twelve", true), "movies_terms"},
	} {
		plan := explain(t, conn, "SELECT FROM movie_texts x LEFT JOIN movies t ON t.id = x.id WHERE ", test.clause)
		if !strings.Contains(plan, "Bitmap Index Scan on "+test.index) || strings.Contains(plan, "Seq Scan") {
			t.Errorf("%s does not use %s:\n%s", name, test.index, plan)
		}
	}
}

// The matches of a broad search that are not ranked come in the order of an index or are
// found by one, as the part says.
func TestBroadSearchesAreIndexed(t *testing.T) {
	t.Parallel()
	conn, err := pgx.Connect(t.Context(), Films(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	if _, err := conn.Exec(t.Context(), "SET enable_seqscan = off"); err != nil {
		t.Fatal(err)
	}
	w := &wanted{Query: text.Parse("the film"), noun: storage.Movie}
	b := &broad{query: &storage.Query{Noun: storage.Movie, Limit: 10}, wanted: w, found: w.found(false)}
	for walk, index := range map[bool]string{true: "Index Scan using movies_best", false: "Bitmap Index Scan on movies_terms"} {
		part := &part{where: b.untitled, walk: walk}
		if walk {
			if _, err := conn.Exec(t.Context(), "SET enable_sort = off"); err != nil {
				t.Fatal(err)
			}
		}
		plan := explain(t, conn, "SELECT t.id, "+part.order(storage.Movie)+" AS page_key FROM movies t WHERE ", both(b.within(part, nil)), " ORDER BY page_key, t.id LIMIT 11")
		if !strings.Contains(plan, index) || strings.Contains(plan, "Sort") == walk {
			t.Errorf("walk %v does not use %s:\n%s", walk, index, plan)
		}
	}
}

func explain(t *testing.T, conn *pgx.Conn, statement string, where listing.Clause, rest ...string) string {
	t.Helper()
	var args []any
	condition := where(func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	})
	rows, err := conn.Query(t.Context(), "EXPLAIN "+statement+condition+strings.Join(rest, ""), args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatalf("%s: %v", condition, err)
	}
	return strings.Join(lines, "\n")
}

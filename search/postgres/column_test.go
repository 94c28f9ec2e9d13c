package postgres_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/postgres"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/dataset"
	"marquee/storage/dataset/ndjson"
	store "marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/textform"
)

// columns reads what searches read of every movie and person.
func columns(t testing.TB, url string) []string {
	t.Helper()
	conn, err := pgx.Connect(await.Context(t), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	rows, err := conn.Query(await.Context(t), `SELECT concat_ws(' # ', document->>'title', raw, canon, digests, edged, terms) FROM movies LEFT JOIN movie_texts USING (id)
		UNION ALL SELECT concat_ws(' # ', document->>'name', raw, canon, digests, edged, terms) FROM persons LEFT JOIN person_texts USING (id) ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	out, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// An import writes the same columns as single writes, and so does the migration of a
// database of an older form.
func TestEveryPathWritesTheSameColumns(t *testing.T) {
	t.Parallel()
	urls := []string{devstack.Postgres(t), devstack.Postgres(t)}
	_, written := openAt(t, urls[0])
	_, imported := openAt(t, urls[1])
	fill(t, written, []string{`{"title": "Star Wars", "description": "A galaxy far, \u001e far away", "starring": ["2", "1"], "directors": ["1", "4"], "genres": ["war"]}`})
	var lines []byte
	err := written.Export(await.Context(t), func(o *storage.Object, sources map[string]string) error {
		lines = ndjson.AppendLine(lines, o.Noun, o.Body, sources)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	source, err := dataset.OpenExport("copy", lines)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := imported.Import(await.Context(t), source.Records(await.Context(t)), importer.Options{Source: source.Name()}); err != nil {
		t.Fatal(err)
	}
	want := columns(t, urls[0])
	if diff := cmp.Diff(want, columns(t, urls[1])); diff != "" {
		t.Errorf("imported (-written +imported):\n%s", diff)
	}
	conn, err := pgx.Connect(await.Context(t), urls[1])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if _, err := conn.Exec(await.Context(t), `UPDATE movies SET terms = ''; UPDATE persons SET terms = '';
		UPDATE movie_texts SET raw = '', canon = '', digests = '{}', edged = NULL; DELETE FROM person_texts; UPDATE catalogue SET search_form = 'old'`); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Open(await.Context(t), urls[1], store.WithAnalysis(text.Analysis{})); err == nil || !strings.Contains(err.Error(), "marquee migrate") {
		t.Errorf("Open of a database of another form: got %v, want an error that names marquee migrate", err)
	}
	openAt(t, urls[1])
	if diff := cmp.Diff(want, columns(t, urls[1])); diff != "" {
		t.Errorf("written again (-written +again):\n%s", diff)
	}
}

// whoHas finds the movies with a name in their text, by each kind of search.
func whoHas(t testing.TB, e *postgres.Engine, name string) map[storage.TextKind]int {
	t.Helper()
	order := storage.Order{Sort: &storage.Movie.Sorts[0]}
	folded := textform.Fold(name)
	match := list(t, e, matching(storage.Movie, name, 10))
	return map[storage.TextKind]int{
		storage.Match: match.Total,
		storage.Exact: list(t, e, &storage.Query{Noun: storage.Movie, Limit: 10, Order: order, Text: &storage.TextQuery{Kind: storage.Exact, Query: name,
			Accepts: func(v string) bool { return textform.Fold(v) == folded }}}).Total,
		storage.Regex: list(t, e, &storage.Query{Noun: storage.Movie, Limit: 10, Order: order, Text: &storage.TextQuery{Kind: storage.Regex, Query: name,
			Accepts: func(v string) bool { return strings.Contains(v, name) }}}).Total,
	}
}

// A renamed person is found by the new name on every film, and by the old name on none.
func TestRenameReachesEveryFilm(t *testing.T) {
	t.Parallel()
	for _, films := range []int{3, 1100} {
		e, s := open(t)
		id := write(t, s, storage.Create, storage.Person, "", `{"name": "Norma Mortenson"}`)
		records := slices.Repeat([]string{fmt.Sprintf(`{"title": "A film", "starring": [%q]}`, id)}, films)
		for _, r := range records {
			write(t, s, storage.Create, storage.Movie, "", r)
		}
		all := map[storage.TextKind]int{storage.Match: films, storage.Exact: films, storage.Regex: films}
		none := map[storage.TextKind]int{storage.Match: 0, storage.Exact: 0, storage.Regex: 0}
		if diff := cmp.Diff(all, whoHas(t, e, "Norma Mortenson")); diff != "" {
			t.Errorf("before the rename, of %d films:\n%s", films, diff)
		}
		write(t, s, storage.Update, storage.Person, id, `{"name": "Marilyn Monroe"}`)
		if diff := cmp.Diff(none, whoHas(t, e, "Norma Mortenson")); diff != "" {
			t.Errorf("by the old name, of %d films:\n%s", films, diff)
		}
		if diff := cmp.Diff(all, whoHas(t, e, "Marilyn Monroe")); diff != "" {
			t.Errorf("by the new name, of %d films:\n%s", films, diff)
		}
	}
}

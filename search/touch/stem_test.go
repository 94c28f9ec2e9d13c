package touch_test

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/text"
	"marquee/search/touch"
	"marquee/storage/dataset"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/textform"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// films returns the 2,800 films of the nineties. All 36,000 take ten times as long, with
// the same result.
func films(t *testing.T) []*incoming.Record {
	t.Helper()
	source, err := dataset.Open("wikipedia", []string{devstack.Data(t, "wikipedia", "movies-1990s.json.gz")})
	if err != nil {
		t.Fatal(err)
	}
	var out []*incoming.Record
	for record, err := range source.Records(await.Context(t)) {
		if err != nil {
			t.Fatal(err)
		}
		if record.Refused == "" {
			out = append(out, record)
		}
	}
	return out
}

// words returns the words of the titles and plots of real films, each once.
func words(t *testing.T) []string {
	t.Helper()
	seen := map[string]bool{}
	for _, record := range films(t) {
		for _, field := range record.Noun.Searched {
			text, _ := record.Edit.Values[field].(string)
			for _, w := range textform.Words(text) {
				seen[w] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// Stem returns the stems of PostgreSQL.
func TestStemsAgreeWithPostgreSQL(t *testing.T) {
	t.Parallel()
	all := words(t)
	url := devstack.SharedPostgres(t)
	if _, err := postgres.Migrate(await.Context(t), url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	db, err := pgx.Connect(await.Context(t), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close(context.Background()) }()
	rows, err := db.Query(await.Context(t), `SELECT (ts_lexize('marquee_stem', w))[1] FROM unnest($1::text[]) WITH ORDINALITY u(w, n) ORDER BY n`, all)
	if err != nil {
		t.Fatal(err)
	}
	stems, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	wrong := 0
	for i, w := range all {
		if got := text.Stem(w); got != stems[i] {
			if wrong++; wrong < 20 {
				t.Errorf("Stem(%s) = %s, want %s", w, got, stems[i])
			}
		}
	}
	t.Logf("%d words, %d wrong", len(all), wrong)
}

// Every word is its stem with an ending that the typo checks know.
func TestEveryWordIsAFormOfItsStem(t *testing.T) {
	t.Parallel()
	for _, w := range words(t) {
		if !touch.IsForm(w) {
			t.Errorf("IsForm(%s) = false for the stem %s, want true", w, text.Stem(w))
		}
	}
}

package postgres_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/search"
	"marquee/search/postgres"
	"marquee/search/regex"
	"marquee/storage"
	store "marquee/storage/postgres"
	"marquee/storage/textform"
)

// Texts that fold, that are syntax to an engine, and that contain each other.
var (
	sampleTitles = []string{"Star Wars", "STAR  WARS", "star wars", "Straße", "STRASSE", "100% Wolf", "under_score", `back\slash`, "Amélie", "Amelie",
		"Kelvin", "\u212aelvin", "It", "The Who", "W", "七人の侍", "Σίσυφος", "e\u0301lan", "Quote \"it\"", "O'Neil", "line\\nbreak", "a|b", "!!!", "a\x1eb", "a\ufffdb"}
	sampleTexts = []string{"", "A war among the stars.", "Zombies walk.\nStar\nWars", "the who", "%_\\", "star wars", "Ångström K\u212ak"}
	sampleNames = []string{"Ann Star", "Béa Wars", "O'Neil", "Ω Ohm", "100%", "it"}
	sampleRegex = []string{"star", "(?i)star.*wars", "^The .* of", "%", "_", `\\`, "(?i)straße", "(?i)kelvin", "[kK]elvin", "e\u0301lan", "(?i)ÉLAN", "élan$", "élan?", "a", "r", "^.$", `\bit\b`, "(?s)a.b",
		"(?i)amelie|wars", "wars$", ".*", "七人", "(?i)σίσυφοσ", `\n`, "Star Wars\nA", "x{2}", "[0-9]+%", `"`, "'", "$^", "(?i)o'neil",
		"^It$", "^W$", "(?i)^it$", "(?m)^Star$", "(?i)^zombies|wars$", `^back\\`, "^100% Wolf$",
		`\x1e`, "\ufffd", `a\x1eb`, "^a.b$"}
)

func drawMovie(t *rapid.T) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"title": %s`, quote(rapid.SampledFrom(sampleTitles).Draw(t, "title")))
	if d := rapid.SampledFrom(sampleTexts).Draw(t, "description"); d != "" {
		fmt.Fprintf(&b, `, "description": %s`, quote(d))
	}
	persons := func(field string) {
		ids := rapid.SliceOfNDistinct(rapid.IntRange(1, len(sampleNames)), 0, 3, rapid.ID).Draw(t, field)
		var list []string
		for _, id := range ids {
			list = append(list, fmt.Sprintf("%q", fmt.Sprint(id)))
		}
		fmt.Fprintf(&b, `, %q: [%s]`, field, strings.Join(list, ", "))
	}
	persons("starring")
	persons("directors")
	fmt.Fprintf(&b, `, "genres": [%s], "release_year": %d}`, rapid.SampledFrom([]string{"", `"drama"`, `"war"`, `"war", "drama"`}).Draw(t, "genres"),
		rapid.IntRange(1999, 2001).Draw(t, "year"))
	return b.String()
}

func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteRune('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String() + `"`
}

// fill stores genres, persons and movies.
func fill(t testing.TB, s *store.Store, movies []string) {
	t.Helper()
	for _, name := range []string{"Drama", "War"} {
		write(t, s, storage.Create, storage.Genre, "", fmt.Sprintf(`{"name": %q}`, name))
	}
	for _, name := range sampleNames {
		write(t, s, storage.Create, storage.Person, "", `{"name": `+quote(name)+`}`)
	}
	for _, m := range movies {
		write(t, s, storage.Create, storage.Movie, "", m)
	}
}

// everything reads all documents of a noun, with the names that they show.
func everything(t testing.TB, s *store.Store, n *storage.Noun) []*storage.Document {
	t.Helper()
	var docs []*storage.Document
	_, err := s.AllDocuments(await.Context(t), []*storage.Noun{n}, func(page []storage.Revision) error {
		for _, r := range page {
			docs = append(docs, r.Document)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

func drawQuery(t *rapid.T) *storage.Query {
	q := &storage.Query{Noun: storage.Movie, Limit: rapid.IntRange(1, 9).Draw(t, "limit"), Offset: rapid.IntRange(0, 12).Draw(t, "offset")}
	if rapid.IntRange(0, 5).Draw(t, "noun") == 0 {
		q.Noun = storage.Person
	}
	q.Order = storage.Order{Sort: &q.Noun.Sorts[rapid.IntRange(0, len(q.Noun.Sorts)-1).Draw(t, "sort")], Descending: rapid.Bool().Draw(t, "descending")}
	if rapid.Bool().Draw(t, "regex") {
		re := rapid.SampledFrom(sampleRegex).Draw(t, "expression")
		q.Text = &storage.TextQuery{Kind: storage.Regex, Query: re, Accepts: mustParse(re).MatchString}
	} else {
		text := rapid.SampledFrom(slices.Concat(sampleTitles, sampleTexts[1:], sampleNames, []string{"*:*", "star"})).Draw(t, "text")
		folded := textform.Fold(text)
		q.Text = &storage.TextQuery{Kind: storage.Exact, Query: text, Accepts: func(v string) bool { return textform.Fold(v) == folded }}
	}
	for i := range q.Noun.Filters {
		switch f := &q.Noun.Filters[i]; {
		case rapid.IntRange(0, 3).Draw(t, "use "+f.Name) > 0:
		case f.Target == "genre":
			q.Conditions = append(q.Conditions, storage.Condition{Filter: f, IDs: []string{"war"}})
		case f.Target == "person":
			q.Conditions = append(q.Conditions, storage.Condition{Filter: f, IDs: []string{"1", "2"}})
		case f.Name == "year":
			year := int64(2000)
			q.Conditions = append(q.Conditions, storage.Condition{Filter: f, Range: storage.Range{From: &year}})
		}
	}
	if rapid.IntRange(0, 5).Draw(t, "ids") == 0 {
		q.IDs = []string{"3", "999", "1", "20", "11"}
	}
	if rapid.IntRange(0, 2).Draw(t, "except") == 0 {
		q.Except = []string{"3", "1", "2", "999", "30", "31", "40"}
	}
	return q
}

// Exact texts, regular expressions and every filter find, count and order the same
// objects as Matches and Compare. Cursors return the same pages.
func TestSearchesAgreeWithMatches(t *testing.T) {
	t.Parallel()
	_, s := open(t)
	e := postgres.New(s, postgres.WithTotals(search.NewTotals(still{})))
	e.SetFew(10)
	fill(t, s, rapid.SliceOfN(rapid.Custom(drawMovie), 60, 60).Example(1))
	all := map[*storage.Noun][]*storage.Document{storage.Movie: everything(t, s, storage.Movie), storage.Person: everything(t, s, storage.Person)}
	rapid.Check(t, func(rt *rapid.T) {
		q := drawQuery(rt)
		var found []*storage.Document
		for _, d := range all[q.Noun] {
			if q.Matches(d) {
				found = append(found, d)
			}
		}
		slices.SortFunc(found, q.Order.Compare)
		want := []string{}
		for _, d := range found {
			want = append(want, d.ID)
		}
		page, err := e.List(await.Context(t), q)
		if err != nil {
			rt.Fatal(err)
		}
		from := min(q.Offset, len(want))
		if diff := cmp.Diff(want[from:min(from+q.Limit, len(want))], ids(page)); diff != "" || page.Total != len(want) {
			rt.Fatalf("%s %q: total %d, want %d; page (-want +got):\n%s", q.Text.Kind, q.Text.Query, page.Total, len(want), diff)
		}
		if q.IDs != nil && !slices.Equal(page.Missing, missing(q, all[q.Noun])) {
			rt.Fatalf("missing %v", page.Missing)
		}
		if again := list(t, e, q); again.Total != page.Total || !slices.Equal(ids(again), ids(page)) {
			rt.Fatalf("%s %q: another answer from memory: %d, %v", q.Text.Kind, q.Text.Query, again.Total, ids(again))
		}
		if got := walk(rt, e, *q); !slices.Equal(got, want) {
			rt.Fatalf("cursor pages %v, want %v", got, want)
		}
	})
}

// still is a log without changes.
type still struct{ storage.Tail }

// mustParse returns an expression.
func mustParse(pattern string) *regex.Regex {
	r, err := regex.Parse(pattern)
	if err != nil {
		panic(err)
	}
	return r
}

func missing(q *storage.Query, all []*storage.Document) []string {
	var out []string
	for _, id := range q.IDs {
		if !slices.ContainsFunc(all, func(d *storage.Document) bool { return d.ID == id }) {
			out = append(out, id)
		}
	}
	return out
}

func ids(page *storage.Page) []string {
	out := []string{}
	for _, o := range page.Objects {
		out = append(out, o.ID)
	}
	return out
}

// walk reads every page by cursors.
func walk(t *rapid.T, e *postgres.Engine, q storage.Query) []string {
	got := []string{}
	for q.Offset = 0; ; {
		page, err := e.List(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, ids(page)...)
		if q.After = page.Next; q.After == nil {
			return got
		}
	}
}

// Pages of a match follow each other without a gap, by offsets and by cursors, with one
// total.
func TestMatchPages(t *testing.T) {
	t.Parallel()
	e, s := open(t)
	fill(t, s, rapid.SliceOfN(rapid.Custom(drawMovie), 60, 60).Example(2))
	for _, text := range []string{"star wars", "star", "who", "zombies star", "it", "starr wasr"} {
		whole := list(t, e, matching(storage.Movie, text, 100))
		if len(whole.Objects) != whole.Total {
			t.Errorf("%q: %d of %d", text, len(whole.Objects), whole.Total)
		}
		var offsets, cursors []string
		q := matching(storage.Movie, text, 7)
		for q.Offset = 0; q.Offset < whole.Total; q.Offset += 7 {
			page := list(t, e, q)
			offsets = append(offsets, ids(page)...)
			if page.Total != whole.Total || page.Relaxed != whole.Relaxed {
				t.Errorf("%q from %d: total %d, relaxed %v", text, q.Offset, page.Total, page.Relaxed)
			}
		}
		for q.Offset = 0; ; {
			page := list(t, e, q)
			cursors = append(cursors, ids(page)...)
			if q.After = page.Next; q.After == nil {
				break
			}
		}
		if diff := cmp.Diff(ids(whole), offsets); diff != "" {
			t.Errorf("%q by offsets:\n%s", text, diff)
		}
		if diff := cmp.Diff(ids(whole), cursors); diff != "" {
			t.Errorf("%q by cursors:\n%s", text, diff)
		}
	}
}

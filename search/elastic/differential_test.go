package elastic_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/textform"
)

var (
	texts = []string{"Ähre", "ähre", "AHRE", "Zebra", "zebra  crossing", "élan", "Elan", "e\u0301lan", "2001", "10", "!", "Über uns", "The Who", "日本語版",
		"Ø", "Straße", "STRASSE", "ſtar wars", "Star Wars", "star\u2028wars", "\u212Aelvin 273", "ΣΊΣΥΦΟΣ", "σίσυφος", "İstanbul", "a<b>&\"c\"\\", "Ꟶꟶx"}
	people   = map[string]string{"1": "Ann Ähre", "2": "Ben Zebra", "30": "Star \u212Aelvin"}
	genreIDs = []string{"drama", "war", "noir"}
	moments  = []int64{0, 1000, 1700000000, 1700000001, 253402300799}
	counts   = []int64{0, 1, 5, 1 << 40}
	patterns = []string{"star.*wars", "(?i)star.wars", "(?i)ähre", "^Z", "a|e", "(?i)kelvin", "[0-9]{2}", "(?i)σίσυφοσ", "Str(a|A)", "(?i)istanbul",
		"x{0}", "(?i)straße", ".", "語版$", "(?i)ss", "(zebra|Elan)", "\\\\", "(?i)Ꟶx", "\\p{Lu}{3}", "nothing at all",
		"^10$", "^!", "^Ø$", "(?i)^élan|wars $", "^日本語版$", "(?i)ꟷx$", "^.$"}
)

// drawDocument makes a movie or series that often shares values with others.
func drawDocument(t *rapid.T, n *storage.Noun, id string) *storage.Document {
	d := &storage.Document{Noun: n, ID: id, Fields: map[string]any{}, Names: map[string][]string{}}
	optional := func(field string, values ...any) {
		if v := rapid.SampledFrom(append([]any{nil}, values...)).Draw(t, field); v != nil && n.Field(field) != nil {
			d.Fields[field] = v
		}
	}
	d.Fields["title"] = rapid.SampledFrom(texts).Draw(t, "title")
	if rapid.Bool().Draw(t, "described") {
		d.Fields["description"] = rapid.StringMatching(`(Star |wars |Ähre |zebra |\x{212A}elvin |10 ){0,4}`).Draw(t, "description")
	}
	optional("release_year", int64(1950), int64(1951), int64(2000))
	optional("release_month", int64(1), int64(2), int64(12))
	optional("imdb_rating", storage.Decimal(0), storage.Decimal(71), storage.Decimal(72), storage.Decimal(73), storage.Decimal(100))
	optional("recommended", true, false)
	optional("genres", []any{"drama"}, []any{"drama", "war"}, []any{"noir", "war"})
	optional("starring", []any{"1"}, []any{"30", "1"})
	optional("directors", []any{"1"}, []any{"2"})
	optional("languages", []any{"en"}, []any{"fr", "en"}, []any{"cy"})
	optional("countries", []any{"US"}, []any{"FR", "US", "GB"})
	optional("mpaa", "PG", "PG-13", "NR")
	for _, f := range []string{"likes", "dislikes", "views"} {
		d.Fields[f] = rapid.SampledFrom(counts).Draw(t, f)
	}
	for _, f := range []string{"added", "modified"} {
		d.Fields[f] = time.Unix(rapid.SampledFrom(moments).Draw(t, f), 0).UTC()
	}
	for _, f := range []string{"starring", "directors"} {
		list, _ := d.Fields[f].([]any)
		for _, id := range list {
			d.Names["persons"] = append(d.Names["persons"], people[id.(string)])
		}
	}
	return d
}

// drawCatalogue makes movies, series, and the objects that they refer to.
func drawCatalogue(t *rapid.T) []*storage.Document {
	var docs []*storage.Document
	for _, g := range genreIDs {
		docs = append(docs, named(storage.Genre, g, g))
	}
	for id, name := range people {
		docs = append(docs, named(storage.Person, id, name))
	}
	for i := range 90 {
		docs = append(docs, drawDocument(t, storage.Movie, strconv.Itoa(1+i*i)))
	}
	for i := range 20 {
		docs = append(docs, drawDocument(t, storage.Serie, strconv.Itoa(1+i)))
	}
	return docs
}

// drawQuery makes a query of movies or series.
func drawQuery(t *rapid.T) *storage.Query {
	n := storage.NounByName(rapid.SampledFrom([]string{"movie", "movie", "serie", "person"}).Draw(t, "noun"))
	q := &storage.Query{Noun: n, Limit: rapid.IntRange(1, 20).Draw(t, "limit"),
		Offset: rapid.SampledFrom([]int{0, 0, 3, 10, 50, 2147483647}).Draw(t, "offset")}
	for i := range n.Filters {
		if rapid.IntRange(0, 9).Draw(t, "use "+n.Filters[i].Name) < 1 {
			q.Conditions = append(q.Conditions, drawCondition(t, &n.Filters[i]))
		}
	}
	if rapid.IntRange(0, 5).Draw(t, "use ids") == 0 {
		q.IDs = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "5", "10", "17", "101", "999999999999999999"}), 1, 5, rapid.ID).Draw(t, "ids")
	}
	if rapid.IntRange(0, 2).Draw(t, "use except") == 0 {
		q.Except = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "5", "10", "17", "26", "101", "999999999999999999"}), 1, 6, rapid.ID).Draw(t, "except")
	}
	if q.Lenient = rapid.Bool().Draw(t, "lenient"); q.Lenient {
		for i := range q.Conditions {
			if c := &q.Conditions[i]; c.IDs != nil && rapid.Bool().Draw(t, "unknown") {
				c.IDs = append(c.IDs, "99999")
			}
		}
	}
	s := rapid.IntRange(0, len(n.Sorts)-1).Draw(t, "sort")
	q.Order = storage.Order{Sort: &n.Sorts[s], Descending: rapid.Bool().Draw(t, "descending")}
	switch rapid.IntRange(0, 2).Draw(t, "text") {
	case 1:
		text := rapid.SampledFrom(append(slices.Clone(texts), " star  WARS ", "Ann ähre", "")).Draw(t, "exact")
		q.Text = &storage.TextQuery{Kind: storage.Exact, Query: text,
			Accepts: func(v string) bool { return textform.Fold(v) == textform.Fold(text) }}
	case 2:
		pattern := rapid.SampledFrom(patterns).Draw(t, "regex")
		re := regexp.MustCompile(norm.NFC.String(pattern))
		q.Text = &storage.TextQuery{Kind: storage.Regex, Query: pattern, Accepts: func(v string) bool { return re.MatchString(norm.NFC.String(v)) }}
	}
	return q
}

func drawCondition(t *rapid.T, f *storage.Filter) storage.Condition {
	c := storage.Condition{Filter: f}
	values := counts
	switch f.Name {
	case "year":
		values = []int64{0, 1950, 1951, 2000, 1<<63 - 1}
	case "rating", "rating_from":
		values = []int64{0, 71, 72, 73, 99, 100}
	case "added", "modified":
		values = append([]int64{-62135596800}, moments...)
	}
	end := func() *int64 { v := rapid.SampledFrom(values).Draw(t, f.Name); return &v }
	switch f.Kind {
	case storage.AnyOf, storage.AllOf:
		from := genreIDs
		if f.Target == "person" {
			from = []string{"1", "2", "30"}
		}
		c.IDs = rapid.SliceOfNDistinct(rapid.SampledFrom(from), 1, 3, rapid.ID).Draw(t, f.Name)
	case storage.OneOf:
		of := map[string][]string{"languages": {"en", "fr", "cy", "de"}, "countries": {"US", "FR", "GB", "LI"}, "mpaa": {"PG", "PG-13", "NR", "R"}}[f.Name]
		c.Values = rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, 3, rapid.ID).Draw(t, f.Name)
	case storage.DecimalAbove:
		c.Range.From = end()
	case storage.Flag:
	default:
		if rapid.Bool().Draw(t, "open from") {
			c.Range.From = end()
		}
		if c.Range.From == nil || rapid.Bool().Draw(t, "open to") {
			c.Range.To = end()
		}
	}
	return c
}

// Elasticsearch selects, counts and orders the same documents as Matches and Compare, to
// the byte. Cursors and offsets return the same pages.
func TestListAgreesWithMatches(t *testing.T) {
	t.Parallel()
	for seed := range 3 {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			docs := rapid.Custom(drawCatalogue).Example(seed)
			c, alias := open(t, func() int64 { return 7 })
			fill(t, c, alias, docs...)
			rapid.Check(t, func(rt *rapid.T) {
				q := drawQuery(rt)
				want, missing := expected(docs, q)
				page := list(rt, c, q)
				from := min(q.Offset, len(want))
				shown := want[from:min(from+q.Limit, len(want))]
				if diff := cmp.Diff(bodies(shown), bodiesOf(page)); diff != "" || page.Total != len(want) {
					rt.Fatalf("total %d, want %d; page (-want +got):\n%s", page.Total, len(want), diff)
				}
				if !slices.Equal(page.Missing, missing) || page.AsOf != 7 || !page.Indexed {
					rt.Fatalf("missing %v, want %v; as of %d", page.Missing, missing, page.AsOf)
				}
				if got := walk(rt, c.List, *q); !slices.Equal(got, bodies(want)) {
					rt.Fatalf("cursor pages %v, want %v", got, bodies(want))
				}
			})
		})
	}
}

// expected returns the whole list by Go alone, and the missing ids.
func expected(docs []*storage.Document, q *storage.Query) (want []*storage.Document, missing []string) {
	there := map[string]bool{}
	for _, d := range docs {
		if d.Noun != q.Noun {
			continue
		}
		there[d.ID] = true
		if q.Matches(d) {
			want = append(want, d)
		}
	}
	slices.SortFunc(want, q.Order.Compare)
	for _, id := range q.IDs {
		if !there[id] {
			missing = append(missing, id)
		}
	}
	return want, missing
}

func bodies(docs []*storage.Document) []string {
	out := []string{}
	for _, d := range docs {
		out = append(out, string(d.AppendJSON(nil)))
	}
	return out
}

func bodiesOf(page *storage.Page) []string {
	out := []string{}
	for _, o := range page.Objects {
		out = append(out, string(o.Body))
	}
	return out
}

// walk reads every page by cursors.
func walk(t rapidTB, read func(context.Context, *storage.Query) (*storage.Page, error), q storage.Query) []string {
	got := []string{}
	q.Offset = 0
	for {
		page, err := read(context.Background(), &q)
		if err != nil {
			t.Fatalf("%v", err)
		}
		got = append(got, bodiesOf(page)...)
		if q.After = page.Next; q.After == nil {
			return got
		}
	}
}

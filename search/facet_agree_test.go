package search_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/search"
	standin "marquee/search/postgres"
	"marquee/storage"
)

// facetValues are values that generated objects have, or might have, by facet.
var facetValues = map[string][]string{"genres": {"drama", "war", "noir", "horror", "western"}, "languages": {"en", "fr", "cy", "ja"},
	"countries": {"US", "FR", "GB", "LI"}, "mpaa": {"PG", "PG-13", "R", "NR"}}

// narrowed returns the query with one value as the condition of a facet's filter.
func narrowed(q *storage.Query, f *storage.Filter, value string) *storage.Query {
	c := storage.Condition{Filter: f}
	switch f.Kind {
	case storage.AnyOf:
		c.IDs = []string{value}
	case storage.OneOf:
		c.Values = []string{value}
	default:
		var year int64
		_, _ = fmt.Sscan(value, &year)
		c.Range = storage.Range{From: &year, To: &year}
	}
	one := *q
	one.Conditions = append(slices.DeleteFunc(slices.Clone(q.Conditions), func(c storage.Condition) bool { return c.Filter == f }), c)
	one.Facets, one.Offset, one.After, one.Limit, one.Lenient = nil, 0, nil, 1, true
	return &one
}

// drawOwn draws a condition of a facet's filter.
func drawOwn(r *rand.Rand, f *storage.Filter) storage.Condition {
	if f.Kind == storage.CountRange {
		from, to := pick(r, []int64{1950, 1951, 1984}), pick(r, []int64{1984, 1990, 2000})
		return storage.Condition{Filter: f, Range: storage.Range{From: &from, To: &to}}
	}
	return narrowed(&storage.Query{}, f, pick(r, facetValues[f.Name])).Conditions[0]
}

// countFacets counts facets by the lists with each value: find returns the ids of one.
func countFacets(q *storage.Query, docs []*storage.Document, find func(*storage.Query) []string) map[string][]storage.ValueCount {
	facets := map[string][]storage.ValueCount{}
	for _, f := range q.Facets {
		values := map[string]bool{}
		for _, d := range docs {
			switch v := d.Fields[f.Fields[0]].(type) {
			case []any:
				for _, item := range v {
					values[item.(string)] = true
				}
			case string, int64:
				values[fmt.Sprint(v)] = true
			}
		}
		counts := []storage.ValueCount{}
		for value := range values {
			if n := len(find(narrowed(q, f, value))); n > 0 {
				counts = append(counts, storage.ValueCount{Value: value, Objects: n})
			}
		}
		slices.SortFunc(counts, func(a, b storage.ValueCount) int {
			if a.Objects == b.Objects {
				return strings.Compare(a.Value, b.Value) // years have four digits
			}
			return b.Objects - a.Objects
		})
		facets[f.Name] = counts[:min(len(counts), q.FacetLimit)]
	}
	return facets
}

// namedFacets returns the facets of a page by name.
func namedFacets(page *storage.Page) map[string][]storage.ValueCount {
	facets := map[string][]storage.ValueCount{}
	for _, f := range page.Facets {
		facets[f.Filter.Name] = append([]storage.ValueCount{}, f.Counts...)
	}
	return facets
}

// Facets count the same in PostgreSQL and in Elasticsearch, on any number of shards, as the
// lists with each value do. They change neither the page nor the total.
func TestFacetsAgree(t *testing.T) {
	t.Parallel()
	s := importedWithCounters(t)
	engines := map[string]search.Engine{"PostgreSQL": standin.New(s, standin.WithTotals(search.NewTotals(&history{version: 1 << 40}))),
		"Elasticsearch": indexOf(t, s, nil), "3 shards": shardsOf(t, s, nil, 3)}
	r := rand.New(rand.NewPCG(5, 8))
	counted, disjunctive := 0, 0
	for _, n := range []*storage.Noun{storage.Movie, storage.Serie} {
		docs := documents(t, s, n)
		for i := range 70 {
			q := drawFaceted(r, n, docs, []storage.TextKind{"", "", storage.Exact, storage.Regex, storage.Regex}[i%5])
			want := countFacets(q, docs, func(q *storage.Query) (ids []string) {
				for _, d := range docs {
					if q.Matches(d) {
						ids = append(ids, d.ID)
					}
				}
				return ids
			})
			for _, counts := range want {
				counted += len(counts)
			}
			if q.Common() != q {
				disjunctive++
			}
			plain := *q
			plain.Facets, plain.FacetLimit = nil, 0
			without := map[string][]string{}
			eachAnswer(t, &plain, engines, func(name string, page *storage.Page, ids []string) {
				without[name] = append(ids, fmt.Sprint(page.Total, page.Next, page.Missing))
			})
			eachAnswer(t, q, engines, func(name string, page *storage.Page, ids []string) {
				if diff := cmp.Diff(want, namedFacets(page)); diff != "" {
					t.Errorf("%s: %s: facets (-want +got):\n%s", name, shown(q), diff)
				}
				if got := append(ids, fmt.Sprint(page.Total, page.Next, page.Missing)); !slices.Equal(got, without[name]) {
					t.Errorf("%s: %s: got the page %v, want %v as without facets", name, shown(q), got, without[name])
				}
			})
		}
	}
	if counted < 300 || disjunctive < 30 {
		t.Errorf("%d values counted and %d lists filtered by a facet, too few to prove anything", counted, disjunctive)
	}
}

// drawFaceted draws a list with facets, most filtered by some of them.
func drawFaceted(r *rand.Rand, n *storage.Noun, docs []*storage.Document, kind storage.TextKind) *storage.Query {
	q := &storage.Query{Noun: n, Limit: 1 + r.IntN(6), Offset: pick(r, []int{0, 0, 3, 101}), FacetLimit: pick(r, []int{1, 2, 20, 100}),
		Order: storage.Order{Sort: &n.Sorts[r.IntN(len(n.Sorts))], Descending: r.IntN(2) == 0}, Text: drawSought(r, kind, docs)}
	if kind != "" && r.IntN(2) == 0 {
		q.Text = byValue(storage.Regex, pick(r, []string{"Star", "(?i)war", "e", "t|W", "^S", "."})).Text
	}
	for len(q.Facets) == 0 {
		for _, f := range n.Facets() {
			if r.IntN(2) == 0 {
				q.Facets = append(q.Facets, f)
			}
		}
	}
	for _, f := range n.Facets() {
		if r.IntN(4) == 0 {
			q.Conditions = append(q.Conditions, drawOwn(r, f))
		}
	}
	if f := &n.Filters[r.IntN(len(n.Filters))]; !f.Counted && r.IntN(2) == 0 {
		q.Conditions = append(q.Conditions, drawOf(r, f, docs))
	}
	if r.IntN(4) == 0 {
		for range 1 + r.IntN(60) {
			q.IDs = append(q.IDs, pick(r, docs).ID)
		}
		slices.Sort(q.IDs)
		q.IDs = append(slices.Compact(q.IDs), "99999")
	}
	q.Lenient = true // horror is no genre here
	return q
}

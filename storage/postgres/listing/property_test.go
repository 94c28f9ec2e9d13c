package listing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// drawMovie draws a movie from few values, so that ties are common.
func drawMovie(t *rapid.T) string {
	var b strings.Builder
	fmt.Fprintf(&b, `{"title": %q`, rapid.SampledFrom([]string{"Ähre", "ahre", "Zebra", "zebra", "élan", "Elan", "2001", "10", "!", "Über uns", "The Who", "日本", "Ø"}).Draw(t, "title"))
	optional := func(name string, values []string) {
		if v := rapid.SampledFrom(append([]string{""}, values...)).Draw(t, name); v != "" {
			fmt.Fprintf(&b, `, %q: %s`, name, v)
		}
	}
	optional("release_year", []string{"1950", "1951", "2000"})
	optional("release_month", []string{"1", "2", "12"})
	optional("imdb_rating", []string{"0", "7.2", "7.3", "10.0"})
	optional("recommended", []string{"true", "false"})
	optional("genres", []string{`["drama"]`, `["drama", "war"]`, `["noir"]`})
	optional("starring", []string{`["1"]`, `["2", "1"]`})
	optional("directors", []string{`["1"]`, `["3"]`})
	optional("languages", []string{`["en"]`, `["fr", "en"]`, `["cy"]`})
	optional("countries", []string{`["US"]`, `["FR", "US", "GB"]`})
	optional("mpaa", []string{`"PG"`, `"PG-13"`, `"NR"`})
	return b.String() + "}"
}

// drawQuery draws a query for movies.
func drawQuery(t *rapid.T) *storage.Query {
	q := &storage.Query{Noun: storage.Movie, Limit: rapid.IntRange(1, 7).Draw(t, "limit"), Offset: rapid.IntRange(0, 9).Draw(t, "offset")}
	for i := range storage.Movie.Filters {
		f := &storage.Movie.Filters[i]
		if rapid.IntRange(0, 9).Draw(t, "use "+f.Name) > 1 {
			continue
		}
		q.Conditions = append(q.Conditions, drawCondition(t, f))
	}
	if rapid.IntRange(0, 9).Draw(t, "use ids") == 0 {
		q.IDs = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "3", "10", "11", "999"}), 1, 4, rapid.ID).Draw(t, "ids")
	}
	if rapid.Bool().Draw(t, "use except") {
		q.Except = rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"1", "2", "3", "10", "11", "20", "30", "999"}), 1, 6, rapid.ID).Draw(t, "except")
	}
	if q.Lenient = rapid.Bool().Draw(t, "lenient"); q.Lenient {
		for i := range q.Conditions {
			if c := &q.Conditions[i]; c.IDs != nil && rapid.Bool().Draw(t, "unknown") {
				c.IDs = append(c.IDs, "99999")
			}
		}
	}
	s := rapid.IntRange(0, len(storage.Movie.Sorts)-1).Draw(t, "sort")
	q.Order = storage.Order{Sort: &storage.Movie.Sorts[s], Descending: rapid.Bool().Draw(t, "descending")}
	return q
}

func drawCondition(t *rapid.T, f *storage.Filter) storage.Condition {
	c := storage.Condition{Filter: f}
	end := func(values ...int64) *int64 {
		v := rapid.SampledFrom(values).Draw(t, f.Name)
		return &v
	}
	values := map[string][]int64{"year": {1949, 1950, 1951, 2000}, "rating": {0, 72, 73, 100}, "rating_from": {0, 71, 72, 100}}[f.Name]
	switch f.Kind {
	case storage.AnyOf, storage.AllOf:
		ids := []string{"drama", "war", "noir"}
		if f.Target == "person" {
			ids = []string{"1", "2", "3"}
		}
		c.IDs = rapid.SliceOfNDistinct(rapid.SampledFrom(ids), 1, 3, rapid.ID).Draw(t, f.Name)
	case storage.OneOf:
		of := map[string][]string{"languages": {"en", "fr", "cy", "de"}, "countries": {"US", "FR", "GB", "LI"}, "mpaa": {"PG", "PG-13", "NR", "R"}}[f.Name]
		c.Values = rapid.SliceOfNDistinct(rapid.SampledFrom(of), 1, 3, rapid.ID).Draw(t, f.Name)
	case storage.DecimalAbove:
		c.Range.From = end(values...)
	case storage.Flag:
	default:
		if f.Kind == storage.TimeRange {
			now := time.Now().Unix()
			values = []int64{now - 3600, now, now + 3600}
		} else if values == nil {
			values = []int64{0, 1}
		}
		if rapid.Bool().Draw(t, "open from") {
			c.Range.From = end(values...)
		}
		if c.Range.From == nil || rapid.Bool().Draw(t, "open to") {
			c.Range.To = end(values...)
		}
	}
	return c
}

// fill stores random movies with the persons and genres that they refer to.
func fill(t testing.TB, s *postgres.Store, movies []string) {
	t.Helper()
	for _, name := range []string{"Drama", "War", "Noir"} {
		storetest.Create(t, s, storage.Genre, fmt.Sprintf(`{"name": %q}`, name))
	}
	for _, name := range []string{"Ann", "Ben", "Cyd"} {
		storetest.Create(t, s, storage.Person, fmt.Sprintf(`{"name": %q}`, name))
	}
	for _, m := range movies {
		storetest.Create(t, s, storage.Movie, m)
	}
}

// SQL selects, counts and orders as Matches and Compare do. Cursors give the same
// pages as offsets.
func TestListAgreesWithMatches(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	fill(t, s, rapid.SliceOfN(rapid.Custom(drawMovie), 40, 40).Example(1))
	all := storetest.Documents(t, s, storage.Movie)
	rapid.Check(t, func(rt *rapid.T) {
		q := drawQuery(rt)
		var want []*storage.Document
		for _, d := range all {
			if q.Matches(d) {
				want = append(want, d)
			}
		}
		slices.SortFunc(want, q.Order.Compare)
		wantIDs := []string{}
		for _, d := range want {
			wantIDs = append(wantIDs, d.ID)
		}
		page, err := s.List(await.Context(t), q)
		if err != nil {
			rt.Fatal(err)
		}
		from := min(q.Offset, len(wantIDs))
		if diff := cmp.Diff(wantIDs[from:min(from+q.Limit, len(wantIDs))], storetest.IDs(page.Objects)); diff != "" || page.Total != len(want) {
			rt.Fatalf("total %d, want %d; page (-want +got):\n%s", page.Total, len(want), diff)
		}
		if got := walk(rt, s, *q); !slices.Equal(got, wantIDs) {
			rt.Fatalf("cursor pages %v, want %v", got, wantIDs)
		}
	})
}

// walk reads every page by cursors.
func walk(t *rapid.T, s *postgres.Store, q storage.Query) []string {
	got := []string{}
	q.Offset = 0
	for {
		page, err := s.List(t.Context(), &q)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, storetest.IDs(page.Objects)...)
		if q.After = page.Next; q.After == nil {
			return got
		}
	}
}

// A descending order is the reverse of the ascending one, except for unset values.
func TestOrdersReverse(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	fill(t, s, rapid.SliceOfN(rapid.Custom(drawMovie), 30, 30).Example(2))
	complete := func(d *storage.Document) bool {
		return d.Fields["release_year"] != nil && d.Fields["release_month"] != nil
	}
	set := map[string]bool{}
	for _, d := range storetest.Documents(t, s, storage.Movie) {
		set[d.ID] = complete(d)
	}
	for i := range storage.Movie.Sorts {
		sort := &storage.Movie.Sorts[i]
		list := func(descending bool) []string {
			page, err := s.List(await.Context(t), &storage.Query{Noun: storage.Movie, Limit: 100, Order: storage.Order{Sort: sort, Descending: descending}})
			if err != nil {
				t.Fatal(err)
			}
			got := storetest.IDs(page.Objects)
			if sort.Name == "year" {
				got = slices.DeleteFunc(got, func(id string) bool { return !set[id] })
			}
			return got
		}
		down := list(true)
		slices.Reverse(down)
		if diff := cmp.Diff(list(false), down); diff != "" {
			t.Errorf("%s is not the reverse of -%s:\n%s", sort.Name, sort.Name, diff)
		}
	}
}

// Unknown ids of filters are faults, and unknown ids of the query are missing.
func TestListReportsUnknownIDs(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	fill(t, s, []string{`{"title": "A"}`})
	sort := storage.Order{Sort: &storage.Movie.Sorts[0]}
	page, err := s.List(await.Context(t), &storage.Query{Noun: storage.Movie, IDs: []string{"9", "1", "7"}, Limit: 10, Order: sort})
	if err != nil || !slices.Equal(page.Missing, []string{"9", "7"}) || page.Total != 1 {
		t.Errorf("missing %v, total %d, %v", page.Missing, page.Total, err)
	}
	genres := &storage.Movie.Filters[0]
	_, err = s.List(await.Context(t), &storage.Query{Noun: storage.Movie, Limit: 10, Order: sort,
		Conditions: []storage.Condition{{Filter: genres, IDs: []string{"drama", "Dramma", "nowhere"}}}})
	e := storetest.WantCode(t, err, storage.Invalid)
	if len(e.Faults) != 2 || e.Faults[0].Nearest != "drama" || e.Faults[0].Parameter != "genres" {
		t.Errorf("faults %+v", e.Faults)
	}
	within := &storage.Season.Filters[0]
	_, err = s.List(await.Context(t), &storage.Query{Noun: storage.Season, Limit: 10, Order: storage.Order{Sort: &storage.Season.Sorts[0]},
		Conditions: []storage.Condition{{Filter: within, IDs: []string{"5"}}}})
	_ = storetest.WantCode(t, err, storage.NotFound)
}

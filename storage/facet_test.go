package storage_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/storage"
)

// Facets begin with the most frequent values. Ties are in the order of texts or of numbers.
func TestFacetsBeginWithTheMostFrequentValues(t *testing.T) {
	t.Parallel()
	facets := map[string]*storage.Filter{}
	for _, f := range storage.Movie.Facets() {
		facets[f.Name] = f
	}
	for name, want := range map[string][]storage.ValueCount{
		"languages": {{Value: "b", Objects: 9}, {Value: "10", Objects: 2}, {Value: "9", Objects: 2}},
		"year":      {{Value: "b", Objects: 9}, {Value: "9", Objects: 2}, {Value: "10", Objects: 2}},
	} {
		counts := []storage.ValueCount{{Value: "9", Objects: 2}, {Value: "c", Objects: 1}, {Value: "10", Objects: 2}, {Value: "b", Objects: 9}}
		if diff := cmp.Diff(want, storage.NewFacet(facets[name], counts, 3).Counts); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A document counts in a facet if it satisfies all conditions but that of the facet.
func TestFacetsCountWithoutTheirOwnCondition(t *testing.T) {
	t.Parallel()
	year := condition(t, storage.Movie, "year", between(1990, 1999))
	drama := condition(t, storage.Movie, "genres", storage.Range{}, "drama")
	rated := condition(t, storage.Movie, "rating", from(70))
	q := &storage.Query{Noun: storage.Movie, Conditions: []storage.Condition{year, drama, rated}, Facets: []*storage.Filter{year.Filter, drama.Filter}, FacetLimit: 10}
	tally := storage.NewTally(q)
	for _, tt := range []struct {
		year             int64
		genre            string
		rating           storage.Decimal
		matches, counted bool
	}{
		{1995, "drama", 80, true, true},
		{1996, "drama", 80, true, true},
		{1980, "drama", 80, false, true},
		{1995, "war", 80, false, true},
		{1980, "war", 80, false, false},
		{1995, "drama", 60, false, false},
		{1995, "war", 60, false, false},
	} {
		d := document(storage.Movie, "1", object{"release_year": tt.year, "genres": []any{tt.genre}, "imdb_rating": tt.rating})
		if q.Matches(d) != tt.matches || q.Counts(d) != tt.counted {
			t.Errorf("%+v: matches %t, counts %t", tt, q.Matches(d), q.Counts(d))
		}
		if q.Common().Matches(d) && tally.Add(d) != tt.matches {
			t.Errorf("%+v: a tally says that it matches: %t", tt, !tt.matches)
		}
	}
	want := []storage.Facet{
		{Filter: year.Filter, Counts: []storage.ValueCount{{Value: "1980", Objects: 1}, {Value: "1995", Objects: 1}, {Value: "1996", Objects: 1}}},
		{Filter: drama.Filter, Counts: []storage.ValueCount{{Value: "drama", Objects: 2}, {Value: "war", Objects: 1}}},
	}
	if diff := cmp.Diff(want, tally.Facets()); diff != "" {
		t.Errorf("facets (-want +got):\n%s", diff)
	}
	if plain := (&storage.Query{Noun: storage.Movie, Conditions: q.Conditions}); plain.Common() != plain {
		t.Error("Common of a query without facets is another query")
	}
}

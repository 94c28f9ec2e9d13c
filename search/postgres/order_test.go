package postgres_test

import (
	"slices"
	"testing"

	"marquee/storage"
)

// A match in any order finds the same objects as by relevance.
func TestMatchInEveryOrder(t *testing.T) {
	t.Parallel()
	e, s := open(t)
	for _, f := range []string{
		`{"title": "Zombies of Mora Tau", "release_year": 1957}`, `{"title": "A Zombie", "release_year": 2004}`,
		`{"title": "Teenage Zombies", "release_year": 1959}`, `{"title": "White Zombie", "release_year": 1932}`,
		`{"title": "Undead", "description": "A zombie film."}`, `{"title": "Something else", "release_year": 1990}`,
	} {
		write(t, s, storage.Create, storage.Movie, "", f)
	}
	ranked := labels(t, list(t, e, matching(storage.Movie, "zombie", 10)))
	want := []string{"White Zombie", "Zombies of Mora Tau", "Teenage Zombies", "A Zombie", "Undead"}
	byYear := &storage.Movie.Sorts[slices.IndexFunc(storage.Movie.Sorts, func(s storage.Sort) bool { return s.Name == "year" })]
	q := matching(storage.Movie, "zombie", 2)
	q.Order = storage.Order{Sort: byYear}
	var got []string
	for {
		page := list(t, e, q)
		if page.Total != len(ranked) {
			t.Fatalf("%d objects by year, %d by relevance", page.Total, len(ranked))
		}
		got = append(got, labels(t, page)...)
		if q.After = page.Next; q.After == nil {
			break
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("by year: got %q, want %q", got, want)
	}
	slices.Sort(got)
	slices.Sort(ranked)
	if !slices.Equal(got, ranked) {
		t.Errorf("by year: got %q, want the objects by relevance %q", got, ranked)
	}
}

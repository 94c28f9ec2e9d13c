package storage_test

import (
	"slices"
	"strings"
	"testing"

	"marquee/storage"
	"marquee/storage/textform"
)

func TestNounsAreSearchedAsTheContractSays(t *testing.T) {
	t.Parallel()
	for n, want := range map[*storage.Noun]string{storage.Movie: "title description", storage.Serie: "title description", storage.Person: "name", storage.Genre: "", storage.Season: "", storage.Episode: ""} {
		if got := strings.Join(n.Searched, " "); got != want {
			t.Errorf("%s: got the searched fields %s", n.Name, got)
		}
		for _, name := range n.Searched {
			if f := field(t, n, name); f.Type.Kind != storage.Text || f.Type.Reference != "" {
				t.Errorf("%s.%s is not a text", n.Name, name)
			}
		}
	}
}

func TestSearchedValuesAreFieldsAndNamesOfPersons(t *testing.T) {
	t.Parallel()
	d := document(storage.Movie, "1", object{"title": "M", "description": "A city hunts.", "snippet": "M – A city hunts.", "imdb_id": "tt0022100"})
	d.Names = map[string][]string{"genres": {"Crime"}, "persons": {"Peter Lorre", "Fritz Lang"}}
	if got, want := d.SearchedValues(), []string{"M", "A city hunts.", "Peter Lorre", "Fritz Lang"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := document(storage.Movie, "2", object{"title": "M", "description": nil}).SearchedValues(); !slices.Equal(got, []string{"M"}) {
		t.Errorf("got %q for an object with only a title", got)
	}
	if got := document(storage.Person, "3", object{"name": "Ann", "description": "d"}).SearchedValues(); !slices.Equal(got, []string{"Ann"}) {
		t.Errorf("got %q for a person", got)
	}
}

func TestTextsMatchASingleValue(t *testing.T) {
	t.Parallel()
	d := document(storage.Movie, "7", object{"title": "M", "release_year": int64(1931)})
	d.Names = map[string][]string{"persons": {"Peter Lorre"}}
	is := func(want string) *storage.TextQuery {
		return &storage.TextQuery{Kind: storage.Exact, Accepts: func(v string) bool { return textform.Fold(v) == textform.Fold(want) }}
	}
	other := is("nothing of it")
	other.Bounded = func(units int64) func(string) bool { return func(v string) bool { return int64(len(v)) > units } }
	year := condition(t, storage.Movie, "year", between(1990, 2000))
	tests := []struct {
		name  string
		query storage.Query
		want  bool
	}{
		{"the title", storage.Query{Text: is("m")}, true},
		{"a person", storage.Query{Text: is("peter  LORRE")}, true},
		{"a part of a name", storage.Query{Text: is("Peter")}, false},
		{"two values together", storage.Query{Text: is("M Peter Lorre")}, false},
		{"a field that is unset", storage.Query{Text: is("")}, false},
		{"and a condition", storage.Query{Text: is("m"), Conditions: []storage.Condition{year}}, false},
		{"and another id", storage.Query{Text: is("m"), IDs: []string{"8"}}, false},
		{"within its bound", *(&storage.Query{Text: other}).Bounded(11), false},
		{"beyond its bound", *(&storage.Query{Text: other}).Bounded(0), true},
		{"words, which only an engine decides", storage.Query{Text: &storage.TextQuery{Kind: storage.Match, Query: "nothing of it"}}, true},
	}
	for _, tt := range tests {
		tt.query.Noun = storage.Movie
		if got := tt.query.Matches(d); got != tt.want {
			t.Errorf("%s: got a match %t", tt.name, got)
		}
	}
}

func TestTextsAreMatchedLast(t *testing.T) {
	t.Parallel()
	looked := 0
	text := &storage.TextQuery{Kind: storage.Regex, Accepts: func(string) bool { looked++; return true }}
	d := document(storage.Movie, "7", object{"title": "M", "release_year": int64(1931)})
	year := func(from, to int64) []storage.Condition {
		return []storage.Condition{condition(t, storage.Movie, "year", between(from, to))}
	}
	for _, q := range []storage.Query{{Conditions: year(1990, 2000)}, {IDs: []string{"8"}}} {
		q.Text = text
		if q.Matches(d) || looked != 0 {
			t.Errorf("%+v: Accepts was called for %d values, want none", q, looked)
		}
	}
	if q := (storage.Query{Text: text, Conditions: year(1930, 1940)}); !q.Matches(d) || looked != 1 {
		t.Errorf("Accepts was called for %d values", looked)
	}
}

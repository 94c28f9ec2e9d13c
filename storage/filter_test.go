package storage_test

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"marquee/storage"
)

// condition returns a condition on a filter of a noun.
func condition(t failer, n *storage.Noun, name string, r storage.Range, ids ...string) storage.Condition {
	t.Helper()
	i := slices.IndexFunc(n.Filters, func(f storage.Filter) bool { return f.Name == name })
	if i < 0 {
		t.Fatalf("%s has no filter %s", n.Name, name)
	}
	return storage.Condition{Filter: &n.Filters[i], Range: r, IDs: ids}
}

func between(from, to int64) storage.Range { return storage.Range{From: &from, To: &to} }
func from(n int64) storage.Range           { return storage.Range{From: &n} }
func upTo(n int64) storage.Range           { return storage.Range{To: &n} }

func TestRangesMatchBothEnds(t *testing.T) {
	t.Parallel()
	second := at("2024-01-02T03-04-05")
	tests := []struct {
		filter string
		field  string
		value  any
		r      storage.Range
		want   bool
	}{
		{"year", "release_year", int64(1999), between(1999, 1999), true},
		{"year", "release_year", int64(1999), between(1990, 1999), true},
		{"year", "release_year", int64(1999), between(1999, 2005), true},
		{"year", "release_year", int64(1999), between(2000, 2005), false},
		{"year", "release_year", int64(1999), between(1990, 1998), false},
		{"year", "release_year", int64(1999), from(1999), true},
		{"year", "release_year", int64(1999), from(2000), false},
		{"year", "release_year", int64(1999), upTo(1999), true},
		{"year", "release_year", int64(1999), upTo(1998), false},
		{"year", "release_year", nil, from(0), false},
		{"year", "release_year", nil, upTo(9999), false},
		{"likes", "likes", int64(0), between(0, 0), true},
		{"likes", "likes", int64(0), from(1), false},
		{"dislikes", "dislikes", int64(5), upTo(5), true},
		{"views", "views", int64(1) << 40, from(1 << 40), true},
		{"views", "views", nil, upTo(1), false},
		{"rating", "imdb_rating", storage.Decimal(72), between(72, 72), true},
		{"rating", "imdb_rating", storage.Decimal(72), from(73), false},
		{"rating", "imdb_rating", storage.Decimal(0), between(0, 100), true},
		{"rating", "imdb_rating", nil, between(0, 100), false},
		{"rating_from", "imdb_rating", storage.Decimal(72), from(72), false},
		{"rating_from", "imdb_rating", storage.Decimal(73), from(72), true},
		{"rating_from", "imdb_rating", storage.Decimal(0), from(0), false},
		{"rating_from", "imdb_rating", storage.Decimal(100), from(100), false},
		{"rating_from", "imdb_rating", nil, from(0), false},
		{"added", "added", second, between(second.Unix(), second.Unix()), true},
		{"added", "added", second, upTo(second.Unix() - 1), false},
		{"added", "added", second.In(time.FixedZone("", 3600)), between(second.Unix(), second.Unix()), true},
		{"modified", "modified", second, from(second.Unix()), true},
		{"modified", "modified", time.Unix(-1, 0).UTC(), upTo(-1), true},
		{"added", "added", nil, from(-1 << 62), false},
	}
	for _, n := range []*storage.Noun{storage.Movie, storage.Serie} {
		for _, tt := range tests {
			c := condition(t, n, tt.filter, tt.r)
			if got := c.Matches(document(n, "1", object{tt.field: tt.value})); got != tt.want {
				t.Errorf("%s of %v: got a match %t", tt.filter, tt.value, got)
			}
			if c.Matches(document(n, "1", object{})) {
				t.Errorf("%s: got a match for an unset field", tt.filter)
			}
		}
	}
}

func TestListsOfIDsMatchAnyOrAll(t *testing.T) {
	t.Parallel()
	d := document(storage.Movie, "1", object{"genres": []any{"drama", "war"}, "starring": []any{"7", "10"}, "directors": []any{"11"}})
	empty := document(storage.Movie, "2", object{"genres": []any{}, "starring": nil})
	tests := []struct {
		filter string
		ids    []string
		want   bool
	}{
		{"genres", []string{"drama"}, true},
		{"genres", []string{"noir", "war"}, true},
		{"genres", []string{"noir"}, false},
		{"genres", []string{"dram"}, false},
		{"genres_all", []string{"drama"}, true},
		{"genres_all", []string{"war", "drama"}, true},
		{"genres_all", []string{"war", "drama", "noir"}, false},
		{"persons", []string{"7"}, true},
		{"persons", []string{"11"}, true},
		{"persons", []string{"1", "11"}, true},
		{"persons", []string{"1"}, false},
	}
	for _, tt := range tests {
		c := condition(t, storage.Movie, tt.filter, storage.Range{}, tt.ids...)
		if got := c.Matches(d); got != tt.want {
			t.Errorf("%s=%v: got a match %t", tt.filter, tt.ids, got)
		}
		if c.Matches(empty) {
			t.Errorf("%s=%v: got a match for an object without references", tt.filter, tt.ids)
		}
	}
}

func TestListsOfValuesMatchAny(t *testing.T) {
	t.Parallel()
	d := document(storage.Movie, "1", object{"languages": []any{"en", "fr"}, "countries": []any{}, "mpaa": "PG-13"})
	for _, tt := range []struct {
		filter string
		values []string
		want   bool
	}{
		{"languages", []string{"en"}, true},
		{"languages", []string{"de", "fr"}, true},
		{"languages", []string{"de"}, false},
		{"countries", []string{"US"}, false},
		{"mpaa", []string{"PG-13"}, true},
		{"mpaa", []string{"R", "PG-13"}, true},
		{"mpaa", []string{"PG"}, false},
	} {
		c := condition(t, storage.Movie, tt.filter, storage.Range{})
		c.Values = tt.values
		if got := c.Matches(d); got != tt.want {
			t.Errorf("%s=%v: got a match %t", tt.filter, tt.values, got)
		}
		if c.Matches(document(storage.Movie, "2", object{})) {
			t.Errorf("%s=%v: got a match for an object without values", tt.filter, tt.values)
		}
	}
}

func TestTheFlagMatchesRecommendedObjects(t *testing.T) {
	t.Parallel()
	c := condition(t, storage.Movie, "recommended", storage.Range{})
	for v, want := range map[any]bool{true: true, false: false, nil: false} {
		if got := c.Matches(document(storage.Movie, "1", object{"recommended": v})); got != want {
			t.Errorf("recommended %v: got a match %t", v, got)
		}
	}
}

func TestPartsMatchTheirParents(t *testing.T) {
	t.Parallel()
	d := document(storage.Episode, "1", object{"serie_id": "3", "season_id": "4"})
	for _, tt := range []struct {
		filter, id string
		want       bool
	}{{"serie_id", "3", true}, {"serie_id", "30", false}, {"serie_id", "4", false}, {"season_id", "4", true}, {"season_id", "3", false}} {
		c := condition(t, storage.Episode, tt.filter, storage.Range{}, tt.id)
		if got := c.Matches(d); got != tt.want {
			t.Errorf("%s=%s: got a match %t", tt.filter, tt.id, got)
		}
		if c.Matches(document(storage.Episode, "2", object{})) {
			t.Errorf("%s=%s: got a match for an episode without parents", tt.filter, tt.id)
		}
	}
}

func TestQueriesMatchDocumentsThatSatisfyEveryCondition(t *testing.T) {
	t.Parallel()
	d := document(storage.Movie, "7", object{"release_year": int64(1999), "genres": []any{"drama"}})
	year := condition(t, storage.Movie, "year", between(1990, 2000))
	drama := condition(t, storage.Movie, "genres", storage.Range{}, "drama")
	war := condition(t, storage.Movie, "genres", storage.Range{}, "war")
	type conditions = []storage.Condition
	tests := []struct {
		name  string
		query storage.Query
		want  bool
	}{
		{"nothing asked", storage.Query{}, true},
		{"one", storage.Query{Conditions: conditions{year}}, true},
		{"both", storage.Query{Conditions: conditions{year, drama}}, true},
		{"one of two", storage.Query{Conditions: conditions{year, war}}, false},
		{"by id", storage.Query{IDs: []string{"70", "7"}}, true},
		{"by another id", storage.Query{IDs: []string{"70", "17"}}, false},
		{"by no id at all", storage.Query{IDs: []string{}}, false},
		{"by id and condition", storage.Query{IDs: []string{"7"}, Conditions: conditions{war}}, false},
		{"except others", storage.Query{Except: []string{"70", "17"}, Conditions: conditions{drama}}, true},
		{"except it", storage.Query{Except: []string{"70", "7"}, Conditions: conditions{drama}}, false},
		{"except it, by id", storage.Query{Except: []string{"7"}, IDs: []string{"7"}}, false},
		{"on another page", storage.Query{Offset: 1000, Limit: 1, After: &storage.Position{ID: "900"}}, true},
	}
	for _, tt := range tests {
		tt.query.Noun = storage.Movie
		if got := tt.query.Matches(d); got != tt.want {
			t.Errorf("%s: got a match %t", tt.name, got)
		}
	}
}

// A client may use a time from a reply as a filter.
func TestShownTimesMatchTheirObject(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := document(storage.Movie, "1", object{"added": drawTime(t, "added")})
		shown := storage.FormatTime(d.Fields["added"].(time.Time))
		if rapid.Bool().Draw(t, "to the minute") {
			shown = shown[:len("2006-01-02T15-04")]
		}
		first, span, ok := storage.ParseTime(shown)
		last := first.Add(span - time.Second)
		c := condition(t, storage.Movie, "added", between(first.Unix(), last.Unix()))
		if !ok || !c.Matches(d) {
			t.Errorf("%s does not match %v", shown, d.Fields["added"])
		}
	})
}

func TestARangeIsTheIntersectionOfItsEnds(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		year := rapid.Int64Range(1, 9)
		d := document(storage.Movie, "1", object{"release_year": year.Draw(t, "year")})
		a, b := year.Draw(t, "from"), year.Draw(t, "to")
		matches := func(r storage.Range) bool {
			c := condition(t, storage.Movie, "year", r)
			return c.Matches(d)
		}
		if got, want := matches(between(a, b)), matches(from(a)) && matches(upTo(b)); got != want {
			t.Errorf("%d..%d: got a match %t", a, b, got)
		}
	})
}

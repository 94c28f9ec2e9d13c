package search_test

import (
	"context"
	"testing"

	"marquee/search"
	"marquee/storage"
)

// history is a tail with the changes after version floor.
type history struct {
	floor, version int64
	changes        []storage.Change
}

func (l *history) Version() int64  { return l.version }
func (l *history) Required() int64 { return 0 }

func (l *history) Between(from, to int64, visit func(*storage.Change) bool) bool {
	if from < l.floor || to > l.version {
		return false
	}
	for i := range l.changes {
		if c := &l.changes[i]; c.Version > from && c.Version <= to && !visit(c) {
			break
		}
	}
	return true
}

// titled is the change that creates a film.
func titled(version int64, title string) storage.Change {
	d := &storage.Document{Noun: storage.Movie, ID: "9", Fields: map[string]any{"title": title, "release_year": int64(1999)}}
	return storage.Change{Version: version, Noun: storage.Movie, Operation: storage.Create, IDs: []string{"9"}, After: d}
}

func texted(t *testing.T, kind storage.TextKind, q string, conditions ...storage.Condition) *storage.Query {
	t.Helper()
	text, err := search.NewText(kind, q)
	if err != nil {
		t.Fatal(err)
	}
	return &storage.Query{Noun: storage.Movie, Text: text, Conditions: conditions}
}

// filter returns the film's filter of that name, with a range from from.
func filter(name string, from int64) storage.Condition {
	for i := range storage.Movie.Filters {
		if f := &storage.Movie.Filters[i]; f.Name == name {
			return storage.Condition{Filter: f, Range: storage.Range{From: &from}}
		}
	}
	panic("no filter " + name)
}

func TestTotalsHoldUntilAChangeTouchesTheList(t *testing.T) {
	t.Parallel()
	log := &history{floor: 4, version: 9, changes: []storage.Change{titled(6, "Heat"), titled(8, "Alien")}}
	for _, tt := range []struct {
		name    string
		q       *storage.Query
		put, at int64
		known   bool
	}{
		{"the same version", texted(t, storage.Regex, "Alien"), 5, 5, true},
		{"an untouching change", texted(t, storage.Regex, "Alien"), 5, 7, true},
		{"a touching change", texted(t, storage.Regex, "Alien"), 5, 8, false},
		{"after the touching change", texted(t, storage.Regex, "Alien"), 8, 9, true},
		{"an older version", texted(t, storage.Regex, "Alien"), 8, 7, false},
		{"changes that are no longer known", texted(t, storage.Regex, "Gattaca"), 3, 7, false},
		{"changes that are not yet known", texted(t, storage.Regex, "Gattaca"), 8, 10, false},
		{"a filter that the change misses", texted(t, storage.Regex, "Alien", filter("year", 2000)), 5, 9, true},
		{"a filter that it passes", texted(t, storage.Regex, "Alien", filter("year", 1990)), 5, 9, false},
		{"a filter by a counter", texted(t, storage.Regex, "Alien", filter("likes", 1)), 5, 5, false},
		{"words", texted(t, storage.Match, "gattaca"), 8, 9, true},
		{"words that the change has", texted(t, storage.Match, "alien"), 7, 9, false},
		{"a list without a text", &storage.Query{Noun: storage.Movie}, 8, 9, true},
		{"a touched list without a text", &storage.Query{Noun: storage.Movie}, 7, 9, false},
	} {
		totals := search.NewTotals(log)
		if _, ok := totals.Get(tt.q, tt.put); ok {
			t.Errorf("%s: known before it was put", tt.name)
		}
		totals.Put(tt.q, tt.put, 3)
		paged := *tt.q
		paged.Offset, paged.Limit, paged.Order = 20, 10, storage.Order{Sort: &storage.Movie.Sorts[0], Descending: true}
		if total, ok := totals.Get(&paged, tt.at); ok != tt.known || ok && total != 3 {
			t.Errorf("%s: got %d, %v, want %v", tt.name, total, ok, tt.known)
		}
	}
}

func TestTotalsDistinguishLists(t *testing.T) {
	t.Parallel()
	ids := func(ids ...string) *storage.Query { return &storage.Query{Noun: storage.Movie, IDs: ids} }
	values := func(name string, values ...string) *storage.Query {
		c := filter(name, 0)
		return &storage.Query{Noun: storage.Movie, Conditions: []storage.Condition{{Filter: c.Filter, Values: values}}}
	}
	lists := []*storage.Query{
		{Noun: storage.Movie}, {Noun: storage.Serie}, {Noun: storage.Movie, IDs: []string{}}, ids("1"), ids("2"), ids("1", "2"), ids(`1" "2`),
		{Noun: storage.Movie, Except: []string{"1"}}, {Noun: storage.Movie, Except: []string{"1", "2"}}, {Noun: storage.Movie, IDs: []string{"1"}, Except: []string{"2"}},
		values("languages", "en"), values("languages", "fr"), values("languages", "en", "fr"), values("countries", "FR"),
		texted(t, storage.Regex, "Alien"), texted(t, storage.Regex, "alien"), texted(t, storage.Exact, "Alien"), texted(t, storage.Match, "Alien"),
		texted(t, storage.Match, "Alien", filter("year", 1)), texted(t, storage.Match, "Alien", filter("year", 2)),
		{Noun: storage.Movie, Conditions: []storage.Condition{filter("year", 1)}},
	}
	totals := search.NewTotals(&history{})
	for i, q := range lists {
		totals.Put(q, 1, i)
	}
	for i, q := range lists {
		if total, ok := totals.Get(q, 1); !ok || total != i {
			t.Errorf("list %d: got %d, %v", i, total, ok)
		}
	}
	var none *search.Totals
	none.Put(lists[0], 1, 1)
	if _, ok := none.Get(lists[0], 1); ok {
		t.Error("a nil Totals knows a total")
	}
}

// A total at the version of an index does not hold when synonyms are newer and have changed
// since, though the index is where it was.
func TestTotalsHoldUntilASynonymChanges(t *testing.T) {
	t.Parallel()
	synonym := func(version int64, words ...any) storage.Change {
		d := storage.NewDocument(storage.Synonym)
		d.Fields["words"] = words
		return storage.Change{Version: version, Noun: storage.Synonym, Operation: storage.Create, IDs: []string{"a"}, After: d}
	}
	log := &history{floor: 4, version: 9, changes: []storage.Change{synonym(7, "boat", "ferry"), titled(8, "Alien")}}
	for _, tt := range []struct {
		q                      string
		put, synonyms, version int64
		known                  bool
	}{
		{"boat", 5, 6, 5, true}, {"boat", 5, 7, 5, false}, {"boat", 7, 9, 7, true}, {"boat", 5, 6, 7, false},
		{"ships", 5, 9, 5, true}, {"alien", 7, 9, 7, true}, {"alien", 7, 9, 8, false},
	} {
		totals, q := search.NewTotals(log), texted(t, storage.Match, tt.q)
		q.Text.Synonyms = at(tt.synonyms)
		totals.Put(q, tt.put, 3)
		if n, known := totals.Get(q, tt.version); known != tt.known || known && n != 3 {
			t.Errorf("%+v: got %d, %t", tt, n, known)
		}
	}
}

// at is a version of synonyms, of which there are none.
type at int64

func (v at) Current() (*storage.SynonymRules, int64) { return nil, int64(v) }

func (v at) Reach(context.Context, int64) (*storage.SynonymRules, int64, error) {
	return nil, int64(v), nil
}

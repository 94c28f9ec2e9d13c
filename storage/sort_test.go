package storage_test

import (
	"cmp"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"

	"marquee/storage"
)

// order returns a sort of a noun by its name.
func order(t failer, n *storage.Noun, name string, descending bool) storage.Order {
	t.Helper()
	i := slices.IndexFunc(n.Sorts, func(s storage.Sort) bool { return s.Name == name })
	if i < 0 {
		t.Fatalf("%s cannot be sorted by %s", n.Name, name)
	}
	return storage.Order{Sort: &n.Sorts[i], Descending: descending}
}

// sorted returns the ids in an order.
func sorted(docs []*storage.Document, o storage.Order) []string {
	docs = slices.Clone(docs)
	slices.SortFunc(docs, o.Compare)
	ids := make([]string, len(docs))
	for i, d := range docs {
		ids[i] = d.ID
	}
	return ids
}

func document(n *storage.Noun, id string, fields object) *storage.Document {
	return &storage.Document{Noun: n, ID: id, Fields: fields}
}

func movie(id, title string, year, month int64) *storage.Document {
	f := object{"title": title}
	if year > 0 {
		f["release_year"] = year
	}
	if month > 0 {
		f["release_month"] = month
	}
	return document(storage.Movie, id, f)
}

func TestYearsSortByYearThenMonthWithUnknownLast(t *testing.T) {
	t.Parallel()
	docs := []*storage.Document{movie("1", "", 0, 0), movie("2", "", 1999, 0), movie("3", "", 1999, 12), movie("4", "", 1999, 1), movie("5", "", 2000, 1),
		movie("6", "", 2000, 0), movie("7", "", 1800, 0), movie("8", "", 0, 5), movie("9", "", 2999, 12), movie("10", "", 1999, 1)}
	for _, tt := range []struct {
		descending bool
		want       []string
	}{
		{false, []string{"7", "4", "10", "3", "2", "5", "6", "9", "1", "8"}},
		{true, []string{"9", "5", "6", "3", "10", "4", "2", "7", "8", "1"}},
	} {
		o := order(t, storage.Movie, "year", tt.descending)
		if got := sorted(docs, o); !slices.Equal(got, tt.want) {
			t.Errorf("%s: got %v, want %v", o, got, tt.want)
		}
	}
}

func TestTiesSortByIDInTheSameDirection(t *testing.T) {
	t.Parallel()
	docs := []*storage.Document{movie("10", "M", 0, 0), movie("9", "M", 0, 0), movie("100", "M", 0, 0), movie("11", "L", 0, 0)}
	if got := sorted(docs, order(t, storage.Movie, "title", false)); !slices.Equal(got, []string{"11", "9", "10", "100"}) {
		t.Errorf("title: %v", got)
	}
	if got := sorted(docs, order(t, storage.Movie, "title", true)); !slices.Equal(got, []string{"100", "10", "9", "11"}) {
		t.Errorf("-title: %v", got)
	}
}

func TestEveryNounSortsByItsSorts(t *testing.T) {
	t.Parallel()
	tests := []struct {
		noun *storage.Noun
		sort string
		a, b any
	}{
		{storage.Movie, "title", "élan", "Ember"},
		{storage.Serie, "title", "The Who", "Zebra"},
		{storage.Genre, "name", "action", "War"},
		{storage.Person, "name", "Ängström", "Bergman"},
		{storage.Movie, "added", at("2024-01-01T00-00-00"), at("2024-01-01T00-00-01")},
		{storage.Serie, "modified", at("1969-12-31T23-59-59"), at("1970-01-01T00-00")},
		{storage.Season, "number", int64(2), int64(10)},
		{storage.Episode, "number", int64(0), int64(1)},
		{storage.Serie, "year", int64(1999), int64(2000)},
	}
	for _, tt := range tests {
		name := tt.sort
		if name == "year" {
			name = "release_year"
		}
		a, b := document(tt.noun, "2", object{name: tt.a}), document(tt.noun, "1", object{name: tt.b})
		for _, descending := range []bool{false, true} {
			want := map[bool]int{false: -1, true: 1}[descending]
			o := order(t, tt.noun, tt.sort, descending)
			if got := o.Compare(a, b); got != want {
				t.Errorf("%s by %s: got %d, want %d", tt.noun.Name, o, got, want)
			}
			if got := o.Compare(b, a); got != -want {
				t.Errorf("%s by %s, arguments swapped: got %d, want %d", tt.noun.Name, o, got, -want)
			}
		}
	}
}

func TestOrderStringIsTheParameter(t *testing.T) {
	t.Parallel()
	if got := order(t, storage.Movie, "year", false).String(); got != "year" {
		t.Errorf("got %s", got)
	}
	if got := order(t, storage.Movie, "year", true).String(); got != "-year" {
		t.Errorf("got %s", got)
	}
}

// drawSortable draws movies or series whose values are often equal.
func drawSortable(t *rapid.T) []*storage.Document {
	n := rapid.SampledFrom([]*storage.Noun{storage.Movie, storage.Serie}).Draw(t, "noun")
	ids := rapid.SliceOfNDistinct(rapid.Int64Range(1, 120), 0, 12, rapid.ID).Draw(t, "ids")
	docs := make([]*storage.Document, len(ids))
	for i, id := range ids {
		f := object{"title": rapid.SampledFrom([]string{"Elan", "élan", "elan", "e\u0301lan", "10", "2", "日本", "!"}).Draw(t, "title"),
			"added": at("2024-01-01T00-00-0" + rapid.SampledFrom([]string{"0", "1"}).Draw(t, "added")), "modified": drawTime(t, "modified")}
		if rapid.Bool().Draw(t, "has year") {
			f["release_year"] = rapid.Int64Range(1998, 2000).Draw(t, "year")
		}
		if n == storage.Movie && rapid.Bool().Draw(t, "has month") {
			f["release_month"] = rapid.Int64Range(1, 12).Draw(t, "month")
		}
		docs[i] = document(n, strconv.FormatInt(id, 10), f)
	}
	return docs
}

func TestOrdersAreTotal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		docs := drawSortable(t)
		if len(docs) == 0 {
			return
		}
		s := rapid.SampledFrom(docs[0].Noun.Sorts).Draw(t, "sort")
		o := storage.Order{Sort: &s, Descending: rapid.Bool().Draw(t, "descending")}
		for _, a := range docs {
			for _, b := range docs {
				ab := o.Compare(a, b)
				if (ab == 0) != (a.ID == b.ID) || ab != -o.Compare(b, a) {
					t.Fatalf("%s: Compare of %s and %s is %d, swapped %d", o, a.ID, b.ID, ab, o.Compare(b, a))
				}
				for _, c := range docs {
					if ab < 0 && o.Compare(b, c) < 0 && o.Compare(a, c) >= 0 {
						t.Fatalf("%s: %s, %s and %s are in a cycle", o, a.ID, b.ID, c.ID)
					}
				}
			}
		}
	})
}

func TestOrdersReverseExactlyAmongKnownValues(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		docs := drawSortable(t)
		if len(docs) == 0 {
			return
		}
		n := docs[0].Noun
		s := rapid.SampledFrom(n.Sorts).Draw(t, "sort")
		if s.Name == "year" {
			docs = slices.DeleteFunc(docs, func(d *storage.Document) bool { return rank(d) > 0 })
		}
		down := sorted(docs, storage.Order{Sort: &s, Descending: true})
		slices.Reverse(down)
		if up := sorted(docs, storage.Order{Sort: &s}); !slices.Equal(up, down) {
			t.Errorf("%s: got %v; -%s reversed: got %v", s.Name, up, s.Name, down)
		}
	})
}

// rank returns 2 without a year, 1 with a year but no month, else 0.
func rank(d *storage.Document) int {
	switch {
	case d.Fields["release_year"] == nil:
		return 2
	case d.Noun == storage.Movie && d.Fields["release_month"] == nil:
		return 1
	}
	return 0
}

func TestUnknownValuesAreLastInBothDirections(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		docs := drawSortable(t)
		if len(docs) == 0 {
			return
		}
		o := order(t, docs[0].Noun, "year", rapid.Bool().Draw(t, "descending"))
		slices.SortFunc(docs, o.Compare)
		for i := range docs[1:] {
			a, b := docs[i], docs[i+1]
			year := func(d *storage.Document) int64 { y, _ := d.Fields["release_year"].(int64); return y }
			switch {
			case rank(a) == 2 && rank(b) != 2:
				t.Errorf("%s: no year before %d", o, year(b))
			case year(a) == year(b) && rank(a) > rank(b):
				t.Errorf("%s: no month before a month of %d", o, year(b))
			case rank(b) != 2 && cmp.Compare(year(a), year(b)) == map[bool]int{false: 1, true: -1}[o.Descending]:
				t.Errorf("%s: %d before %d", o, year(a), year(b))
			}
		}
	})
}

// Pages and the search index use the keys, so their order must equal the order of Compare.
func TestKeysOrderAsCompareDoes(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		docs := drawSortable(t)
		if len(docs) < 2 {
			return
		}
		a, b := docs[0], docs[1]
		s := rapid.SampledFrom(a.Noun.Sorts).Draw(t, "sort")
		o := storage.Order{Sort: &s, Descending: rapid.Bool().Draw(t, "descending")}
		ka, kb := s.Key(a, o.Descending), s.Key(b, o.Descending)
		byKey := cmp.Or(cmp.Compare(ka.Text, kb.Text), cmp.Compare(ka.Number, kb.Number), a.Noun.CompareIDs(a.ID, b.ID))
		if o.Descending {
			byKey = -byKey
		}
		if got := o.Compare(a, b); got != byKey {
			t.Errorf("%s: got %d by the keys %v and %v, %d by Compare", o, byKey, ka, kb, got)
		}
	})
}

package elastic_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search"
	"marquee/search/elastic"
	"marquee/storage"
)

// manyFilms returns more films than shallow pages reach.
func manyFilms(n int) []*storage.Document {
	docs := make([]*storage.Document, n)
	for i := range docs {
		docs[i] = film(i+1, fmt.Sprintf("Film %d", i*7919%997), "", "release_year", int64(1900+i%120))
	}
	return docs
}

// Pages far down in every order are parts of the whole list. So they are the second
// time, when marks are remembered, and for several readers.
func TestDeepPagesArePartsOfTheList(t *testing.T) {
	t.Parallel()
	var version atomic.Int64
	version.Store(3)
	c, alias := open(t, version.Load)
	docs := manyFilms(12_000)
	index := fill(t, c, alias, docs...)
	for _, order := range []string{"title", "-title", "year", "-year", "added"} {
		t.Run(order, func(t *testing.T) {
			q := &storage.Query{Noun: storage.Movie, Limit: 10, Order: sortBy(storage.Movie, order)}
			want := slices.SortedFunc(slices.Values(docs), q.Order.Compare)
			for _, offset := range []int{101, 9_995, 10_010, 11_990, 11_995, 11_999, 12_000, 2147483647, 11_000, 10_020, 10_010} {
				q.Offset = offset
				page := list(t, c, q)
				from := min(offset, len(want))
				if !slices.Equal(bodiesOf(page), bodies(want[from:min(from+10, len(want))])) || page.Total != len(want) || page.AsOf != 3 {
					t.Fatalf("offset %d: %v of %d", offset, ids(page), page.Total)
				}
				if more := offset+10 < len(want); (page.Next != nil) != more {
					t.Fatalf("offset %d: next is %v", offset, page.Next)
				}
			}
		})
	}
	t.Run("after a write", func(t *testing.T) {
		put(t, c, index, 4, film(20_000, "A film before all others", ""))
		q := &storage.Query{Noun: storage.Movie, Limit: 10, Offset: 11_995, Order: sortBy(storage.Movie, "title")}
		version.Store(4)
		if page := list(t, c, q); page.Total != 12_001 || len(page.Objects) != 6 || page.AsOf != 4 {
			t.Errorf("at version 4: got %d objects of %d", len(page.Objects), page.Total)
		}
	})
	t.Run("relevance", func(t *testing.T) {
		q := matching(storage.Movie, "film")
		q.Limit = 10
		seen := map[string]bool{}
		for _, offset := range []int{0, 100, 110, 5_000, 10_005, 11_991} {
			q.Offset = offset
			for _, id := range ids(list(t, c, q)) {
				if seen[id] {
					t.Errorf("%s is on two pages, want one", id)
				}
				seen[id] = true
			}
		}
		if len(seen) != 60 {
			t.Errorf("%d objects on six pages", len(seen))
		}
	})
}

// A point in time that the server has lost, as after a restart, is opened again.
func TestDeepPageAfterLoss(t *testing.T) {
	t.Parallel()
	c, alias := open(t, nil)
	fill(t, c, alias, manyFilms(150)...)
	recorder := recordPITs(t)
	deep, err := elastic.Open(elastic.Config{URLs: []string{recorder.url}, Alias: alias, Indexed: func() int64 { return 1 }, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { deep.Close(await.Context(t)) })
	q := &storage.Query{Noun: storage.Movie, Limit: 10, Offset: 120, Order: sortBy(storage.Movie, "title")}
	want := bodiesOf(list(t, deep, q))
	recorder.closeAll()
	if got := bodiesOf(list(t, deep, q)); !slices.Equal(got, want) {
		t.Errorf("after the loss: got %v, want %v", got, want)
	}
}

// A missing id is reported, with the nearest id that exists.
func TestMissingIDsAreReported(t *testing.T) {
	t.Parallel()
	for _, version := range []int64{0, 7} { // 7 remembers what exists
		c, alias := open(t, func() int64 { return version })
		fill(t, c, alias, named(storage.Genre, "drama", "Drama"), named(storage.Person, "4", "Ann"), film(1, "One", ""))
		q := &storage.Query{Noun: storage.Movie, Limit: 10, Order: sortBy(storage.Movie, "title"), IDs: []string{"9", "1", "7"}}
		for range 2 {
			if page := list(t, c, q); !slices.Equal(page.Missing, []string{"9", "7"}) || page.Total != 1 {
				t.Errorf("missing %v of %d", page.Missing, page.Total)
			}
			q.Conditions = []storage.Condition{condition("genres", "drama", "dramma", "nowhere"), condition("persons", "4", "5")}
			_, err := c.List(await.Context(t), q)
			e, _ := errors.AsType[*storage.Error](err)
			if e == nil || e.Code != storage.Invalid || len(e.Faults) != 3 || e.Faults[0].Nearest != "drama" || e.Faults[0].Parameter != "genres" || e.Faults[2].Parameter != "persons" {
				t.Errorf("faults %+v", err)
			}
			q.Conditions = nil
		}
	}
}

// condition returns a condition of a movie's filter by ids.
func condition(name string, ids ...string) storage.Condition {
	i := slices.IndexFunc(storage.Movie.Filters, func(f storage.Filter) bool { return f.Name == name })
	return storage.Condition{Filter: &storage.Movie.Filters[i], IDs: ids}
}

// An invalid expression, or one that would read too much, is a fault of the query.
func TestRegexFaults(t *testing.T) {
	t.Parallel()
	c, alias := open(t, nil)
	var docs []*storage.Document
	for i := range 60 {
		docs = append(docs, film(i+1, "Film", strings.Repeat("any text at all ", 1000)))
	}
	fill(t, c, alias, docs...)
	for pattern, reason := range map[string]string{"(": "missing closing )", `(.{1,50}){1,9}\x01`: "500 instructions", `\x01(.{1,50}){1,4}`: "scan too much text"} {
		q := &storage.Query{Noun: storage.Movie, Limit: 10, Order: sortBy(storage.Movie, "title"), Text: &storage.TextQuery{Kind: storage.Regex, Query: pattern}}
		_, err := c.List(await.Context(t), q)
		if e, _ := errors.AsType[*storage.Error](err); e == nil || e.Code != storage.Invalid || e.Faults[0].Parameter != "q" || !strings.Contains(e.Faults[0].Reason, reason) {
			t.Errorf("%s: got %v, want a fault of q", pattern, err)
		}
	}
}

// An expression that is a text is counted once for all pages and orders of its list.
func TestPlainExpressionIsCountedOnce(t *testing.T) {
	t.Parallel()
	r := record(t)
	alias := devstack.IndexPrefix(t) + "catalogue"
	c, err := elastic.Open(elastic.Config{URLs: []string{r.url}, Alias: alias, Indexed: func() int64 { return 1 },
		Totals: search.NewTotals(unchanged{}), Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(await.Context(t)) })
	docs := manyFilms(150)
	fill(t, c, alias, docs...)
	r.taken(nil)
	for _, order := range []string{"title", "-year"} {
		q := &storage.Query{Noun: storage.Movie, Limit: 10, Order: sortBy(storage.Movie, order), Text: &storage.TextQuery{Kind: storage.Regex, Query: "Film"}}
		want := slices.SortedFunc(slices.Values(docs), q.Order.Compare)
		for _, offset := range []int{0, 10, 120, 145, 150, 11_000} {
			q.Offset = offset
			page := list(t, c, q)
			from := min(offset, len(want))
			to := min(from+10, len(want))
			if !slices.Equal(bodiesOf(page), bodies(want[from:to])) || page.Total != len(want) || (page.Next != nil) != (offset+10 < len(want)) {
				t.Errorf("%s from %d: got %v of %d, next %v", order, offset, ids(page), page.Total, page.Next)
			}
		}
	}
	counted := slices.DeleteFunc(r.taken(nil), func(made call) bool { return !strings.Contains(made.body, `"track_total_hits":true`) })
	if len(counted) != 1 {
		t.Errorf("%d requests counted, want 1", len(counted))
	}
}

// unchanged is a log without changes.
type unchanged struct{ storage.Tail }

func (unchanged) Between(_, _ int64, _ func(*storage.Change) bool) bool { return true }

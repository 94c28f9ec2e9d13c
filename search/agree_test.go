package search_test

import (
	"context"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"marquee/search"
	standin "marquee/search/postgres"
	"marquee/search/regex"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
)

// refusedAlone reports whether Go alone refuses to read the texts.
func refusedAlone(q *storage.Query, docs []*storage.Document) bool {
	expression, err := regex.Parse(q.Text.Query)
	if err != nil {
		return true
	}
	filters := *q
	filters.Text = nil
	budget := regex.NewBudget(regex.DefaultBudget)
	for _, d := range docs {
		if !filters.Matches(d) {
			continue
		}
		for _, v := range d.SearchedValues() {
			ok, err := expression.Verify(v, budget)
			if err != nil {
				return true
			}
			if ok {
				break
			}
		}
	}
	return false
}

// importedWithCounters imports the generated catalogue, with different times and counters.
func importedWithCounters(t *testing.T) *postgres.Store {
	t.Helper()
	s, url := imported(t, generated)
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.Background())
	if _, err := conn.Exec(t.Context(), counts); err != nil {
		t.Fatal(err)
	}
	return s
}

// Every filter, with an exact text, an expression and without, selects, counts and
// orders the same objects in Go, in PostgreSQL and in Elasticsearch, on shallow pages and
// on deep ones.
func TestThreeEnginesAgree(t *testing.T) {
	t.Parallel()
	s := importedWithCounters(t)
	engines := map[string]search.Engine{"PostgreSQL": standin.New(s), "Elasticsearch": indexOf(t, s, nil)}
	rounds := map[storage.TextKind]int{"": 1, storage.Exact: 1, storage.Regex: 2}
	found := 0
	for seed, n := range []*storage.Noun{storage.Movie, storage.Serie} {
		r := rand.New(rand.NewPCG(uint64(seed), 1))
		docs := documents(t, s, n)
		for _, kind := range slices.Sorted(maps.Keys(rounds)) {
			for i := range len(n.Filters) + 1 { // the last is none
				for range rounds[kind] {
					q := &storage.Query{Noun: n, Limit: 1 + r.IntN(12), Offset: pick(r, []int{0, 0, 3, 95, 100, 101, 105}),
						Order: storage.Order{Sort: &n.Sorts[r.IntN(len(n.Sorts))], Descending: r.IntN(2) == 0}, Text: drawSought(r, kind, docs)}
					if i < len(n.Filters) {
						q.Conditions = append(q.Conditions, drawOf(r, &n.Filters[i], docs))
						if other := r.IntN(2 * len(n.Filters)); other < len(n.Filters) && other != i {
							q.Conditions = append(q.Conditions, drawOf(r, &n.Filters[other], docs))
						}
					}
					if r.IntN(3) == 0 {
						for range 1 + r.IntN(40) {
							q.Except = append(q.Except, pick(r, docs).ID)
						}
					}
					if q.Lenient = r.IntN(2) == 0; q.Lenient && len(q.Conditions) > 0 && len(q.Conditions[0].IDs) > 0 {
						q.Conditions[0].IDs = append(q.Conditions[0].IDs, "99999")
					}
					if agreeOn(t, q, docs, engines) > 0 {
						found++
					}
				}
			}
		}
		for _, word := range agreeWords { // at the edges of values and of their lines
			for _, around := range []string{"^%s", "%s$", "^%s$", "(?m)^%s$"} {
				q := byValue(storage.Regex, fmt.Sprintf(around, regexp.QuoteMeta(word)))
				q.Noun = n
				if agreeOn(t, q, docs, engines) > 0 {
					found++
				}
			}
		}
	}
	if found < 120 {
		t.Errorf("only %d queries found an object, too few to prove anything", found)
	}
}

// All three refuse the same expressions, because of the text that they would have to
// read.
func TestThreeEnginesRefuse(t *testing.T) {
	t.Parallel()
	s, _ := imported(t, func(yield func(*incoming.Record, error) bool) {
		for i := range 34 { // of 16,000 letters, for 396 instructions: more than regex.DefaultBudget
			e := edit.Check(storage.Movie, members(map[string]string{"title": "Film", "description": strings.Repeat("any text at all ", 1000)}, ""))
			if !yield(&incoming.Record{Position: incoming.Position{File: "long", Line: i + 1}, Noun: storage.Movie, Key: fmt.Sprint(i), Edit: e}, nil) {
				return
			}
		}
	})
	engines := map[string]search.Engine{"PostgreSQL": standin.New(s), "Elasticsearch": indexOf(t, s, nil)}
	docs := documents(t, s, storage.Movie)
	for some, refused := range map[int]bool{len(docs): true, len(docs) / 2: false} {
		q := byValue(storage.Regex, `\x01(.{1,50}){1,4}`) // has the highest cost, and is fast: no text has \x01
		for _, d := range docs[:some] {
			q.IDs = append(q.IDs, d.ID)
		}
		if refusedAlone(q, docs) != refused {
			t.Errorf("Go refuses %d texts: %v, want %v", some, !refused, refused)
		}
		for name, engine := range engines {
			page, err := engine.List(t.Context(), q)
			if refused && storage.CodeOf(err) != storage.Invalid || !refused && (err != nil || page.Total != 0) {
				t.Errorf("%s, %d texts: got %+v, %v; want refused %v", name, some, page, err, refused)
			}
		}
	}
}

// documents returns all documents of a noun.
func documents(t *testing.T, s *postgres.Store, n *storage.Noun) (docs []*storage.Document) {
	t.Helper()
	_, err := s.AllDocuments(t.Context(), []*storage.Noun{n}, func(page []storage.Revision) error {
		for _, revision := range page {
			docs = append(docs, revision.Document)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return docs
}

// agreeOn compares the engines' answers with Go's, and returns the number of objects.
func agreeOn(t *testing.T, q *storage.Query, docs []*storage.Document, engines map[string]search.Engine) int {
	t.Helper()
	var want []string
	matching := slices.DeleteFunc(slices.Clone(docs), func(d *storage.Document) bool { return !q.Matches(d) })
	slices.SortFunc(matching, q.Order.Compare)
	from := min(q.Offset, len(matching))
	for _, d := range matching[from:min(from+q.Limit, len(matching))] {
		want = append(want, d.ID)
	}
	q.Highlight = q.Text != nil
	eachAnswer(t, q, engines, func(name string, page *storage.Page, got []string) {
		if q.Highlight {
			checkHighlights(t, name, q, page, docs, func(d *storage.Document) string { return plainly(d, plainFind(q.Text)) })
		}
		if !slices.Equal(got, want) || page.Total != len(matching) {
			t.Errorf("%s: %s: got %v of %d, want Go's %v of %d", name, shown(q), got, page.Total, want, len(matching))
		}
	})
	return len(matching)
}

// eachAnswer calls check with the answer of each engine, and the ids on its page.
func eachAnswer(t *testing.T, q *storage.Query, engines map[string]search.Engine, check func(name string, page *storage.Page, ids []string)) {
	t.Helper()
	for name, engine := range engines {
		page, err := engine.List(t.Context(), q)
		if err != nil {
			t.Errorf("%s: %s: %v", name, shown(q), err)
			continue
		}
		var ids []string
		for _, o := range page.Objects {
			ids = append(ids, o.ID)
		}
		check(name, page, ids)
	}
}

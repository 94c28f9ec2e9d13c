package listing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/period"
	"marquee/storage/postgres/pool"
	"marquee/storage/schedule"
	"marquee/storage/textform"
)

// Films is set by the external tests: the URL of a database with real data.
var Films func(t testing.TB) string

// plan returns the plan of a statement. PostgreSQL prefers sequential scans of small
// tables, so for these plan disables them, to see whether an index could be used.
func plan(t *testing.T, conn *pgx.Conn, n *storage.Noun, sql string, args []any) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	sequential := "on"
	if n != storage.Movie && n != storage.Person {
		sequential = "off"
	}
	if _, err := conn.Exec(ctx, "SET enable_seqscan = "+sequential); err != nil {
		t.Fatal(err)
	}
	return explain(ctx, t, conn, "EXPLAIN "+sql, args)
}

func explain(ctx context.Context, t *testing.T, conn *pgx.Conn, sql string, args []any) string {
	t.Helper()
	rows, err := conn.Query(ctx, sql, args...)
	if err != nil {
		t.Fatal(err)
	}
	lines, err := pool.Strings(rows)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return strings.Join(lines, "\n")
}

func connect(t *testing.T) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), Films(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// exceptions has lists of objects that a query leaves out: none, and as many films as one
// leaves out at most.
func exceptions(n *storage.Noun) [][]string {
	lists := [][]string{nil}
	if n == storage.Movie {
		var ids []string
		for i := range 1100 {
			ids = append(ids, fmt.Sprint(1+30*i))
		}
		lists = append(lists, ids)
	}
	return lists
}

// Every order is read from an index; no page is sorted, whether objects are left out or
// not.
func TestOrdersAreIndexed(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	for _, n := range storage.Nouns {
		for i := range n.Sorts {
			for _, descending := range []bool{false, true} {
				for _, except := range exceptions(n) {
					l := New(&storage.Query{Noun: n, Limit: 10, Order: storage.Order{Sort: &n.Sorts[i], Descending: descending}, Except: except})
					got := plan(t, conn, n, l.rows(), l.Args)
					if strings.Contains(got, "Seq Scan") || strings.Contains(got, "Sort") {
						t.Errorf("%s by %s except %d:\n%s", n.Plural, l.query.Order, len(except), got)
					}
				}
			}
		}
	}
}

// Every selective filter uses an index.
func TestFiltersAreIndexed(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	future := time.Now().Add(time.Hour).Unix()
	values := map[string]int64{"year": 1903, "rating": 95, "rating_from": 95, "likes": 1000, "dislikes": 1000, "views": 1000, "added": future, "modified": future}
	for _, n := range storage.Nouns {
		for i := range n.Filters {
			f := &n.Filters[i]
			c := storage.Condition{Filter: f, IDs: []string{"7"}, Values: map[string][]string{"languages": {"cy", "gd"}, "countries": {"LI"}, "mpaa": {"NC-17", "NR"}}[f.Name]}
			if v, ok := values[f.Name]; ok {
				c.Range = storage.Range{From: &v}
			}
			if f.Name == "year" {
				c.Range.To = c.Range.From
			}
			for _, except := range exceptions(n) {
				l := New(&storage.Query{Noun: n, Limit: 10, Order: storage.Order{Sort: &n.Sorts[0]}, Conditions: []storage.Condition{c}, Except: except, Lenient: except != nil})
				if l.Scheduled() {
					l.By(schedule.New(schedule.Stamp{}, map[string][]period.Period{"over": period.Stored([]period.Form{{From: "2020-01-01T00-00", To: "2020-01-01T00-00"}})}))
				}
				got := plan(t, conn, n, l.total(), l.Args)
				if strings.Contains(got, fmt.Sprintf("Seq Scan on %s t", n.Plural)) {
					t.Errorf("%s with %s except %d:\n%s", n.Plural, f.Name, len(except), got)
				}
			}
		}
	}
}

// The values of all films are counted from indexes, without reading the films.
func TestFacetsAreIndexed(t *testing.T) {
	t.Parallel()
	l := New(&storage.Query{Noun: storage.Movie, Facets: storage.Movie.Facets(), FacetLimit: 20})
	got := plan(t, connect(t), storage.Movie, l.facets(), l.Args)
	if !strings.Contains(got, "Index Only Scan using movies_release_year") || strings.Contains(got, "Seq Scan on movies ") {
		t.Errorf("facets of all films:\n%s", got)
	}
}

// A page after a position is as cheap as the first.
func TestCursorsAreIndexed(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	for i := range storage.Movie.Sorts {
		l := New(&storage.Query{Noun: storage.Movie, Limit: 10, Order: storage.Order{Sort: &storage.Movie.Sorts[i]},
			After: &storage.Position{Key: storage.Key{Text: textform.SortKey("M"), Number: 16 * 1950}, ID: "7"}})
		got := plan(t, conn, storage.Movie, l.rows(), l.Args)
		if !strings.Contains(got, "Index Cond") || strings.Contains(got, "Sort") {
			t.Errorf("after a position by %s:\n%s", l.query.Order, got)
		}
	}
}

// counting counts statements.
type counting struct {
	pool.Querier
	statements int
}

func (c *counting) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	c.statements++
	return c.Querier.Query(ctx, sql, args...)
}

// A list with unknown ids is refused without reading the objects. Suggestions are
// read once for each parameter.
func TestUnknownReferencesAreRefusedCheaply(t *testing.T) {
	t.Parallel()
	conn := connect(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var unknown []string
	for i := range storage.MaxFaults + 50 {
		unknown = append(unknown, fmt.Sprintf("g%d", i))
	}
	q := &storage.Query{Noun: storage.Movie, Limit: 10, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}}
	for i := range storage.Movie.Filters {
		if f := &storage.Movie.Filters[i]; f.Target == "genre" {
			q.Conditions = append(q.Conditions, storage.Condition{Filter: f, IDs: unknown})
		}
	}
	l := New(q)
	scans := 0
	for line := range strings.Lines(explain(ctx, t, conn, "EXPLAIN (ANALYZE, TIMING OFF) "+l.sql(), l.Args)) {
		if strings.Contains(line, " Scan ") && strings.Contains(line, "movie") && !strings.Contains(line, "movie_counters") { // counters are looked up for the rows of the page
			scans++
			if !strings.Contains(line, "never executed") {
				t.Error(line)
			}
		}
	}
	if scans == 0 {
		t.Error("the plan has no scan of the films")
	}
	db := &counting{Querier: conn}
	_, err := New(q).Run(ctx, db)
	e, ok := errors.AsType[*storage.Error](err)
	if !ok || e.Code != storage.Invalid || len(e.Faults) != 2*storage.MaxFaults || db.statements != 3 {
		t.Errorf("%d faults of %v by %d statements", len(e.Faults), storage.CodeOf(err), db.statements)
	}
}

package judgment_test

import (
	"fmt"
	"strings"
	"testing"
	"text/tabwriter"
)

// ranked is how many films of a ranking are searched for judged ones.
const ranked = 100

// floors are a little below the measured values. The plain query has none.
var floors = map[string]struct{ graded, people float64 }{
	"Elasticsearch": {0.95, 0.96},
	"PostgreSQL":    {0.95, 0.94},
}

// gradedSearches is how many of the 40 searches have a film of grade 3 or more in the
// library.
const gradedSearches = 34

// Each engine ranks above its floors. `make relevance` prints the table in the log.
func TestRelevance(t *testing.T) {
	t.Parallel()
	l := open(t)
	searches := readGraded(t, l.ids)
	if len(searches) != gradedSearches {
		t.Fatalf("%d graded searches, want %d", len(searches), gradedSearches)
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "engine\tNDCG@10 of %d graded searches\tof %d as people write them\n", len(searches), len(askedByPeople))
	for _, r := range l.rankers {
		byGrades := l.average(t, r, len(searches), func(i int) (string, float64, []string) {
			found := r.find(t, searches[i].text, ranked)
			return searches[i].text, ndcg(searches[i].judged(found), searches[i].grades), found
		})
		byPeople := l.average(t, r, len(askedByPeople), func(i int) (string, float64, []string) {
			found := r.find(t, askedByPeople[i].query, 10)
			return askedByPeople[i].query, askedByPeople[i].score(found, l.films), found
		})
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\n", r.name, byGrades, byPeople)
		if floor := floors[r.name]; byGrades < floor.graded || byPeople < floor.people {
			t.Errorf("%s: got %.3f and %.3f, want at least %.2f and %.2f", r.name, byGrades, byPeople, floor.graded, floor.people)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", table.String())
}

// average returns the mean score of n searches. It logs those with a low score.
func (l *library) average(t *testing.T, r ranker, n int, one func(i int) (text string, score float64, found []string)) float64 {
	sum := 0.0
	for i := range n {
		text, score, found := one(i)
		if sum += score; score < 0.9 && floors[r.name].graded > 0 {
			t.Logf("%s %.2f %q: %s", r.name, score, text, l.titles(found))
		}
	}
	return sum / float64(n)
}

// titles returns the titles of the first ten.
func (l *library) titles(ids []string) string {
	var out []string
	for _, id := range ids[:min(10, len(ids))] {
		out = append(out, l.films[id].Label())
	}
	return strings.Join(out, ", ")
}

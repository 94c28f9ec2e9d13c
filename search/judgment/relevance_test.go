package judgment_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
)

// ranked is how many films of a ranking are searched for judged ones.
const ranked = 100

// floors are a little below the measured values. The plain query has none.
var floors = map[string]measures{
	"Elasticsearch": {0.955, 0.97, 0.71, 0.64},
	"PostgreSQL":    {0.955, 0.97, 0.71, 0.63},
}

// measures are an engine's average scores: for the graded searches, for searches as
// people write them, and for the two halves of the topics.
type measures [4]float64

// below reports whether one measure is below its floor.
func (m measures) below(floor measures) bool {
	for i := range m {
		if m[i] < floor[i] {
			return true
		}
	}
	return false
}

// gradedSearches is how many of the 40 searches have a film of grade 3 or more in the
// library.
const gradedSearches = 34

// Each engine ranks above its floors. `make relevance` prints the table in the log.
func TestRelevance(t *testing.T) {
	t.Parallel()
	l := open(t)
	l.checkTopics(t, slices.Concat(topics, heldOutTopics))
	searches := readGraded(t, l.ids)
	if len(searches) != gradedSearches {
		t.Fatalf("%d graded searches, want %d", len(searches), gradedSearches)
	}
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "engine\tNDCG@10 of %d graded searches\tof %d as people write them\tof %d topics\tof %d topics held out\n",
		len(searches), len(askedByPeople), len(topics), len(heldOutTopics))
	for _, r := range l.rankers {
		graded := l.average(t, r, len(searches), true, func(i int) (string, float64, []string) {
			found := r.find(t, searches[i].text, ranked)
			return searches[i].text, ndcg(searches[i].judged(found), searches[i].grades), found
		})
		got := measures{graded, l.asked(t, r, askedByPeople, true), l.asked(t, r, topics, true), l.asked(t, r, heldOutTopics, false)}
		fmt.Fprintf(w, "%s\t%.3f\t%.3f\t%.3f\t%.3f\n", r.name, got[0], got[1], got[2], got[3])
		if got.below(floors[r.name]) {
			t.Errorf("%s: got %.3f, want at least %.3f", r.name, got, floors[r.name])
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	t.Logf("\n%s", table.String())
}

// asked returns the mean score of searches with an expected result.
func (l *library) asked(t *testing.T, r ranker, all []asked, logged bool) float64 {
	return l.average(t, r, len(all), logged, func(i int) (string, float64, []string) {
		found := r.find(t, all[i].query, 10)
		return all[i].query, all[i].score(found, l.films), found
	})
}

// average returns the mean score of n searches. If logged, it logs those with a low score.
func (l *library) average(t *testing.T, r ranker, n int, logged bool, one func(i int) (text string, score float64, found []string)) float64 {
	sum := 0.0
	for i := range n {
		text, score, found := one(i)
		if sum += score; logged && score < 0.9 && floors[r.name][0] > 0 {
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

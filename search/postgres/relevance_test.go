package postgres_test

import (
	"bufio"
	"cmp"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"testing"

	"marquee/deploy/devstack"
	"marquee/search/postgres"
	"marquee/storage"
	store "marquee/storage/postgres"
)

// judged are the grades of a query's films by their keys in the source.
type judged struct {
	query  string
	grades map[string]float64
}

var judgment = regexp.MustCompile(`^([0-4])\s+qid:(\d+)\s+#\s+(\d+)\s+(.+?)\s*$`)

// judgments reads the file, in the order of its queries.
func judgments(t testing.TB) []*judged {
	t.Helper()
	f, err := os.Open(devstack.Data(t, "judgments/title_judgments.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	byNumber := map[string]*judged{}
	var all []*judged
	for lines := bufio.NewScanner(f); lines.Scan(); {
		m := judgment.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		j := byNumber[m[2]]
		if j == nil {
			j = &judged{query: m[4], grades: map[string]float64{}}
			byNumber[m[2]] = j
			all = append(all, j)
		}
		j.grades[m[3]], _ = strconv.ParseFloat(m[1], 64)
	}
	return all
}

// ndcg is the normalized discounted cumulative gain at 10 of a ranking, over
// the films that are judged.
func ndcg(ranking []string, grades map[string]float64) float64 {
	gain := func(grade float64, place int) float64 {
		return (math.Exp2(grade) - 1) / math.Log2(float64(place)+2)
	}
	got, place := 0.0, 0
	for _, key := range ranking {
		if grade, ok := grades[key]; ok && place < 10 {
			got += gain(grade, place)
			place++
		}
	}
	var ideal []float64
	for _, g := range grades {
		ideal = append(ideal, g)
	}
	slices.SortFunc(ideal, func(a, b float64) int { return cmp.Compare(b, a) })
	best := 0.0
	for i, g := range ideal[:min(10, len(ideal))] {
		best += gain(g, i)
	}
	return got / best
}

// keysOf are the keys in the source of the catalogue's movies, by id.
func keysOf(t testing.TB, s *store.Store) map[string]string {
	t.Helper()
	keys := map[string]string{}
	err := s.Export(deadline(t), func(o *storage.Object, sources map[string]string) error {
		for _, k := range sources {
			if o.Noun == storage.Movie {
				keys[o.ID] = k
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

// ranking are the keys of the first judged films that a query finds.
func ranking(t testing.TB, e *postgres.Engine, j *judged, keys map[string]string) []string {
	t.Helper()
	var out []string
	for _, o := range list(t, e, matching(storage.Movie, j.query, 100)).Objects {
		if _, ok := j.grades[keys[o.ID]]; ok {
			out = append(out, keys[o.ID])
		}
	}
	return out
}

// wantRelevance is a little below what was measured, 0.958.
const wantRelevance = 0.95

// The judged films come in the order that people gave them. Only films that
// are in the catalogue count, and only queries that have a good one.
func TestRelevance(t *testing.T) {
	t.Parallel()
	e, s := tmdb.open(t)
	keys := keysOf(t, s)
	present := map[string]bool{}
	for _, k := range keys {
		present[k] = true
	}
	sum, n := 0.0, 0
	for _, j := range judgments(t) {
		good := false
		for k, grade := range j.grades {
			if !present[k] {
				delete(j.grades, k)
			} else if grade >= 3 {
				good = true
			}
		}
		if !good {
			continue
		}
		value := ndcg(ranking(t, e, j, keys), j.grades)
		if value < 0.999 {
			t.Logf("%.3f %s", value, j.query)
		}
		sum, n = sum+value, n+1
	}
	t.Logf("NDCG@10 over judged films that are present: %.3f in %d queries", sum/float64(n), n)
	if sum/float64(n) < wantRelevance {
		t.Errorf("want at least %.3f", wantRelevance)
	}
}

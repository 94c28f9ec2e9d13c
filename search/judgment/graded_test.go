package judgment_test

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
)

// graded is a search with the grades, 0 to 4, that people gave its films.
type graded struct {
	text   string
	grades map[string]int // by id
}

// A line of the file: the grade, the search's number, the film's key, its text.
var gradedLine = regexp.MustCompile(`^([0-4])\s+qid:(\d+)\s+#\s+(\d+)\s+(.+?)\s*$`)

// readGraded reads the searches in the order of the file, with the films of the library.
// Of 40 searches, it returns those that have a good film there.
func readGraded(t testing.TB, ids map[string]string) []*graded {
	t.Helper()
	file, err := os.Open(devstack.Data(t, "judgments", "title_judgments.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	byNumber := map[string]*graded{}
	var all []*graded
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		m := gradedLine.FindStringSubmatch(lines.Text())
		if m == nil {
			continue // a comment
		}
		g := byNumber[m[2]]
		if g == nil {
			g = &graded{text: m[4], grades: map[string]int{}}
			byNumber[m[2]] = g
			all = append(all, g)
		}
		if id, present := ids[m[3]]; present {
			g.grades[id], _ = strconv.Atoi(m[1])
		}
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(g *graded) bool { return !g.good() })
}

// good reports whether a film has a grade of 3 or more.
func (g *graded) good() bool {
	for _, grade := range g.grades {
		if grade >= 3 {
			return true
		}
	}
	return false
}

// judged returns the films of a ranking that have a grade. The quality of the others is
// not known.
func (g *graded) judged(ranking []string) []string {
	return slices.DeleteFunc(slices.Clone(ranking), func(id string) bool { _, ok := g.grades[id]; return !ok })
}

// ndcg returns the normalized discounted cumulative gain of the first ten, with the gain
// 2^grade-1. The best order has 1.
func ndcg(ranking []string, grades map[string]int) float64 {
	var got, ideal []int
	for _, id := range ranking {
		got = append(got, grades[id])
	}
	for _, grade := range grades {
		ideal = append(ideal, grade)
	}
	slices.SortFunc(ideal, func(a, b int) int { return cmp.Compare(b, a) })
	return gain(got) / gain(ideal)
}

func gain(grades []int) (sum float64) {
	for i, grade := range grades[:min(len(grades), 10)] {
		sum += (math.Exp2(float64(grade)) - 1) / math.Log2(float64(i)+2)
	}
	return sum
}

// The measure agrees with figures that were computed by hand.
func TestNDCG(t *testing.T) {
	t.Parallel()
	grades := map[string]int{"a": 3, "b": 2, "c": 0}
	ideal := 7 + 3/math.Log2(3)
	for _, test := range []struct {
		ranking []string
		want    float64
	}{
		{[]string{"a", "b", "c"}, 1},
		{[]string{"a", "b"}, 1},
		{[]string{"b", "a"}, (3 + 7/math.Log2(3)) / ideal},
		{[]string{"c", "x", "a"}, 7 / math.Log2(4) / ideal},
		{slices.Concat(slices.Repeat([]string{"c"}, 10), []string{"a"}), 0},
		{nil, 0},
	} {
		if got := ndcg(test.ranking, grades); math.Abs(got-test.want) > 1e-9 {
			t.Errorf("%v: got %.6f, want %.6f", test.ranking, got, test.want)
		}
	}
}

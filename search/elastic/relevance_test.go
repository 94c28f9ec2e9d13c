package elastic_test

import (
	"bufio"
	"context"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"marquee/deploy/devstack"
	"marquee/search/elastic"
	"marquee/storage"
	"marquee/storage/dataset"
)

// films reads TMDB's 5,000 films; an object's id is TMDB's own.
func films(folder string) ([]*storage.Document, error) {
	source, err := dataset.Open("tmdb5000", []string{folder})
	if err != nil {
		return nil, err
	}
	defer source.Close()
	var docs []*storage.Document
	for in, err := range source.Records(context.Background()) {
		if err != nil {
			return nil, err
		}
		if in.Refused == "" {
			docs = append(docs, taken(in))
		}
	}
	return docs, nil
}

// taken makes a document of a record, with its references as a store would
// resolve them.
func taken(in *storage.Incoming) *storage.Document {
	d := &storage.Document{Noun: in.Noun, ID: in.Key, Fields: map[string]any{}, Names: map[string][]string{}}
	for field, v := range in.Edit.Values {
		d.Fields[field] = v
	}
	for _, f := range in.Noun.References() {
		target := storage.NounByName(f.Type.Of.Reference)
		list, _ := d.Fields[f.Name].([]any)
		ids := []any{}
		for _, item := range list {
			ref := item.(storage.Reference)
			id := ref.Key
			if target.Slug {
				id = storage.Slug(ref.Name)
			}
			ids = append(ids, id)
			d.Names[target.Plural] = append(d.Names[target.Plural], ref.Name)
		}
		d.Fields[f.Name] = ids
	}
	return d
}

// catalogue is an index of the films, and the films by id.
func catalogue(t *testing.T) (*elastic.Client, map[string]*storage.Document) {
	t.Helper()
	docs, err := films(devstack.Data(t, "tmdb-5000"))
	if err != nil {
		t.Fatal(err)
	}
	c, alias := open(t, func() int64 { return 1 })
	fill(t, c, alias, docs...)
	byID := map[string]*storage.Document{}
	for _, d := range docs {
		byID[d.ID] = d
	}
	return c, byID
}

// find returns the ids of the first objects for a text.
func find(t rapidTB, c *elastic.Client, text string, limit int) []string {
	return ids(list(t, c, &storage.Query{Noun: storage.Movie, Limit: limit, Order: sortBy(storage.Movie, "relevance"),
		Text: &storage.TextQuery{Kind: storage.Match, Query: text}}))
}

// judgment is a query and the grades of films for it.
type judgment struct {
	text   string
	grades map[string]int
}

// judgments reads "grade qid:N # id text" lines.
func judgments(t *testing.T) []*judgment {
	file, err := os.Open(devstack.Data(t, "judgments", "title_judgments.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	byText := map[string]*judgment{}
	var all []*judgment
	for lines := bufio.NewScanner(file); lines.Scan(); {
		f := strings.Fields(lines.Text())
		if len(f) < 5 || f[2] != "#" {
			continue
		}
		text := strings.Join(f[4:], " ")
		if byText[text] == nil {
			byText[text] = &judgment{text, map[string]int{}}
			all = append(all, byText[text])
		}
		grade, err := strconv.Atoi(f[0])
		if err != nil {
			t.Fatal(err)
		}
		byText[text].grades[f[3]] = grade
	}
	return all
}

// Two gains of a grade are in use; figures made elsewhere do not always say which.
func exponential(grade int) float64 { return math.Pow(2, float64(grade)) - 1 }
func linear(grade int) float64      { return float64(grade) }

// ndcg is the normalised discounted cumulative gain of the first ten.
func ndcg(got []string, grades map[string]int, gainOf func(int) float64) float64 {
	gain := func(ranked []int) (sum float64) {
		for i, g := range ranked[:min(len(ranked), 10)] {
			sum += gainOf(g) / math.Log2(float64(i)+2)
		}
		return sum
	}
	var ranked, ideal []int
	for _, id := range got {
		ranked = append(ranked, grades[id])
	}
	for _, g := range grades {
		ideal = append(ideal, g)
	}
	slices.Sort(ideal)
	slices.Reverse(ideal)
	return gain(ranked) / gain(ideal)
}

// The floor is what has to hold; the log has the figure of this run.
func TestRelevanceOfJudgments(t *testing.T) {
	t.Parallel()
	c, films := catalogue(t)
	var sums [4]float64
	n := 0
	for _, j := range judgments(t) {
		present := map[string]int{}
		best := 0
		for id, g := range j.grades {
			if films[id] != nil {
				present[id], best = g, max(best, g)
			}
		}
		if best < 3 {
			continue
		}
		got := find(t, c, j.text, 100)
		judged := slices.DeleteFunc(slices.Clone(got), func(id string) bool { _, ok := present[id]; return !ok })
		scores := [4]float64{ndcg(judged, present, exponential), ndcg(judged, present, linear), ndcg(got, present, exponential), ndcg(got, present, linear)}
		n++
		for i, score := range scores {
			sums[i] += score
		}
		if scores[0] < 0.95 {
			t.Logf("%.3f %q: %s", scores[0], j.text, shown(got, films, present))
		}
	}
	count := float64(n)
	t.Logf("NDCG@10 over %d queries, among the judged films: %.4f (linear gain: %.4f); with unjudged films counted as wrong: %.4f (%.4f)",
		n, sums[0]/count, sums[1]/count, sums[2]/count, sums[3]/count)
	if sums[0]/count < 0.95 || n != 34 {
		t.Errorf("NDCG@10 fell under the floor")
	}
}

func shown(got []string, films map[string]*storage.Document, grades map[string]int) string {
	var b strings.Builder
	for _, id := range got[:min(10, len(got))] {
		g := "-"
		if n, ok := grades[id]; ok {
			g = strconv.Itoa(n)
		}
		b.WriteString(films[id].Label() + " (" + g + "), ")
	}
	return b.String()
}

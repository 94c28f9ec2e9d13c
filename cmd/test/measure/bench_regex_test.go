package measure_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v8"

	"marquee/deploy/devstack"
	"marquee/search"
	"marquee/search/elastic"
	standin "marquee/search/postgres"
	"marquee/storage"
	"marquee/storage/postgres"
)

// regexes are expressions with their equivalents in Lucene, which anchors both ends and
// has a flag for case.
var regexes = []struct {
	ours, lucene string
	anyCase      bool
}{
	{"film", ".*film.*", false},
	{"(?i)film", ".*film.*", true},
	{"It$", ".*It", false},
	{"^The ", "The .*", false},
	{"f.lm", ".*f.lm.*", false},
	{"star.*wars", ".*star.*wars.*", false},
	{"(?i)zombie", ".*zombie.*", true},
	{"^The .* of", "The .* of.*", false},
	{"^It$", "It", false},
}

// indexTitles creates an index of films with their titles as keywords.
func indexTitles(b *testing.B, s *postgres.Store, es *elasticsearch.Client, index string) {
	b.Helper()
	mapping := `{"settings": {"number_of_replicas": 0}, "mappings": {"properties": {"title": {"type": "keyword"}, "film": {"type": "object", "enabled": false}}}}`
	created, err := es.Indices.Create(index, es.Indices.Create.WithContext(b.Context()), es.Indices.Create.WithBody(strings.NewReader(mapping)))
	if err != nil || created.IsError() {
		b.Fatal(created, err)
	}
	defer created.Body.Close()
	var films []bareItem
	for _, item := range bareItems(b, s, storage.Movie) {
		var film struct {
			Object struct {
				Title string `json:"title"`
			} `json:"object"`
		}
		if err := json.Unmarshal(item.source, &film); err != nil {
			b.Fatal(err)
		}
		title, err := json.Marshal(film.Object.Title)
		if err != nil {
			b.Fatal(err)
		}
		item.source = fmt.Appendf(nil, `{"title":%s,"film":%s}`, title, item.source)
		films = append(films, item)
	}
	bulkBare(b, es, index, films)
}

// luceneSearch returns a search for an expression in titles.
func luceneSearch(expression string, anyCase bool) string {
	return fmt.Sprintf(`{"size":10,"track_total_hits":true,"sort":["title"],"query":{"regexp":{"title":{"value":%q,"case_insensitive":%t}}}}`, expression, anyCase)
}

// unchanged is a change log without changes.
type unchanged struct{ storage.Tail }

func (unchanged) Between(_, _ int64, _ func(*storage.Change) bool) bool { return true }

// remembering returns a client that remembers lists.
func remembering(b *testing.B, alias string) *elastic.Client {
	b.Helper()
	c, err := elastic.Open(elastic.Config{URLs: []string{devstack.Elasticsearch(b)}, Alias: alias,
		Indexed: func() int64 { return 1 }, Totals: search.NewTotals(unchanged{})})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close(context.WithoutCancel(b.Context())) })
	return c
}

// BenchmarkRegex measures the first ten films by title that match an expression, with
// their exact number, one search at a time and without a cache. Elasticsearch with the
// plan of Marquee and PostgreSQL are compared with a Lucene regexp query on a keyword
// of the title, which does not search descriptions and names. "later" is Elasticsearch
// with what an earlier page has found out about the list.
func BenchmarkRegex(b *testing.B) {
	s := migrated(b, filmsURL(b))
	defer s.Close()
	compareRegexes(b, s, indexFilms(b, s))
}

func compareRegexes(b *testing.B, s *postgres.Store, alias string) {
	b.Helper()
	c, warm := openIndex(b, devstack.Elasticsearch(b), alias), remembering(b, alias)
	byTitle := storage.Movie.Sorts[slices.IndexFunc(storage.Movie.Sorts, func(s storage.Sort) bool { return s.Name == "title" })]
	es := bareElasticsearch(b)
	titles := alias + "-titles"
	indexTitles(b, s, es, titles)
	stand := standin.New(s)
	for _, r := range regexes {
		b.Run(r.ours, func(b *testing.B) {
			q := titled(r.ours, storage.Regex, byTitle)
			sides := []struct {
				name   string
				search func() error
				ms     []float64
			}{
				{name: "ours", search: func() error { _, err := c.List(b.Context(), q); return err }},
				{name: "later", search: func() error { _, err := warm.List(b.Context(), q); return err }},
				{name: "postgres", search: func() error { _, err := stand.List(b.Context(), q); return err }},
				{name: "bare", search: func() error {
					_, err := searchBare(b.Context(), es, titles, luceneSearch(r.lucene, r.anyCase))
					return err
				}},
			}
			if _, err := warm.List(b.Context(), q); err != nil {
				b.Fatal(err)
			}
			for range 2 * benchRounds {
				for i := range sides {
					start := time.Now()
					if err := sides[i].search(); err != nil {
						b.Fatal(err)
					}
					sides[i].ms = append(sides[i].ms, time.Since(start).Seconds()*1000)
				}
			}
			b.ReportMetric(0, "ns/op")
			for _, side := range sides {
				b.ReportMetric(median(side.ms), side.name+"-ms")
			}
			b.ReportMetric(median(sides[0].ms)/median(sides[3].ms), "time-ratio")
		})
	}
}

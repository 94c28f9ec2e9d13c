package measure_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v8"

	"marquee/deploy/devstack"
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

// BenchmarkRegex measures the first ten films by title that match an expression, with
// their exact number, one search at a time and without a cache. Elasticsearch with the
// plan of Marquee and PostgreSQL are compared with a Lucene regexp query on a keyword
// of the title, which does not search descriptions and names.
func BenchmarkRegex(b *testing.B) {
	s := migrated(b, filmsURL(b))
	defer s.Close()
	alias := indexFilms(b, s)
	c := openIndex(b, devstack.Elasticsearch(b), alias)
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
				{name: "postgres", search: func() error { _, err := stand.List(b.Context(), q); return err }},
				{name: "bare", search: func() error {
					_, err := searchBare(b.Context(), es, titles, luceneSearch(r.lucene, r.anyCase))
					return err
				}},
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
			b.ReportMetric(median(sides[0].ms)/median(sides[2].ms), "time-ratio")
		})
	}
}

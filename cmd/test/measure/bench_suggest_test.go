package measure_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"slices"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
)

// BenchmarkSuggest measures suggestions that miss the cache, over all films and their
// persons, one after the other: for the first letters of titles and names, for two words,
// for typos. PostgreSQL answers them, whether there is an Elasticsearch or not.
//
// Limit: a 99th percentile of 10 ms.
func BenchmarkSuggest(b *testing.B) {
	films := wikipediaFilms(b)
	database := filmsURL(b)
	site := fixture.StartChild(b, fixture.Env{"MARQUEE_DATABASE_URL": database},
		"api", "--listen", "127.0.0.1:0", "--limit-address", "0", "--cache-memory", "1").Answers(b)
	for letters := 1; letters <= 8; letters++ {
		b.Run(fmt.Sprintf("letters=%d", letters), func(b *testing.B) {
			measureSuggestions(b, site, typed(films, func(label []rune, _ *rand.Rand) []rune { return label[:min(letters, len(label))] }))
		})
	}
	b.Run("words", func(b *testing.B) {
		measureSuggestions(b, site, typed(films, func(label []rune, random *rand.Rand) []rune { return label[:random.IntN(len(label))+1] }))
	})
	b.Run("typos", func(b *testing.B) {
		measureSuggestions(b, site, typed(films, func(label []rune, random *rand.Rand) []rune {
			label = slices.Clone(label[:random.IntN(len(label))+1])
			i := random.IntN(len(label))
			return slices.Insert(label, i, 'q')
		}))
	})
}

// typed returns texts that somebody may be typing: parts of titles and names.
func typed(films []film, part func(label []rune, random *rand.Rand) []rune) []string {
	const texts = 2000
	random := rand.New(rand.NewPCG(seed, 0))
	var out []string
	for len(out) < texts {
		f := &films[random.IntN(len(films))]
		label := f.Title
		if random.IntN(3) == 0 && len(f.Names) > 0 {
			label = f.Names[random.IntN(len(f.Names))]
		}
		if label != "" {
			out = append(out, string(part([]rune(label), random)))
		}
	}
	return out
}

// measureSuggestions asks for the texts.
func measureSuggestions(b *testing.B, site fixture.Site, texts []string) {
	b.Helper()
	var took []time.Duration
	for i := 0; b.Loop(); i++ {
		target := "/2.0/suggest?q=" + url.QueryEscape(texts[i%len(texts)])
		start := time.Now()
		a, err := site.Send(b.Context(), http.MethodGet, target, "")
		if err != nil || a.Status != http.StatusOK {
			b.Fatalf("%s: %v %v", target, a, err)
		}
		took = append(took, time.Since(start))
		fixture.Lacks(b, a.Header.Get("Cache-Status"), "; hit")
	}
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}

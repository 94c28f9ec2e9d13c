package touch_test

import (
	"testing"

	"marquee/search"
	"marquee/search/text"
	"marquee/search/touch"
	"marquee/storage"
)

// BenchmarkTouched reports the time of a check of a change of a real film whose terms
// are cached. A hit of the cache makes one for each change since its version.
func BenchmarkTouched(b *testing.B) {
	documents := films(b)[:200]
	for _, query := range []string{"casablanca", "blade runner", "the lord of the rings return of the king", `"star wars" episode`} {
		words, err := search.NewText(storage.Match, query)
		if err != nil {
			b.Fatal(err)
		}
		interest := touch.NewInterest(&storage.Query{Noun: storage.Movie, Text: words})
		b.Run(query, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				interest.Touched(&storage.Change{Noun: storage.Movie, Operation: storage.Update,
					Before: documents[i%len(documents)], After: documents[(i+1)%len(documents)]})
			}
		})
	}
}

// BenchmarkTerms reports the time to analyse a film, once for each document of a change.
func BenchmarkTerms(b *testing.B) {
	documents := films(b)[:200]
	for i := 0; b.Loop(); i++ {
		text.Terms(documents[i%len(documents)])
	}
}

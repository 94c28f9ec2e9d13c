package regex_test

import (
	"strings"
	"testing"

	"marquee/search/regex"
)

var plot = strings.Repeat("A man is sent to the stars, where he meets Kelvin; wars follow. In 1984 they return! ", 24)

func BenchmarkParse(b *testing.B) {
	patterns := map[string]string{"word": "zombie", "usual": `(?i)[Ss]tar.{0,3}wars`}
	for name, pattern := range costly {
		patterns["costly "+name] = pattern
	}
	for name, pattern := range patterns {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := regex.Parse(pattern); err != nil {
					b.Skip(err)
				}
			}
		})
	}
}

// BenchmarkMatch reports the time per cost unit, on which DefaultBudget rests.
func BenchmarkMatch(b *testing.B) {
	for _, pattern := range []string{`star.*wars`, `\d\d`, `(?i)it`, `^It$`, `.*z`, `(.{1,50}){1,4}\x01`, `(a?){80}a{80}b`, `[\d\pL]{200}\x01`} {
		for name, text := range map[string]string{"plot": plot, "letters": strings.Repeat("a", 2000)} {
			b.Run(pattern+" "+name, func(b *testing.B) {
				r := parse(b, pattern)
				for b.Loop() {
					r.MatchString(text)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(int64(b.N)*r.Cost(len(text))), "ns/unit")
			})
		}
	}
}

func BenchmarkCanon(b *testing.B) {
	for name, text := range map[string]string{"latin": plot, "greek": strings.Repeat("Ο Μύθος του Σίσυφου. ", 100)} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			for b.Loop() {
				regex.Canon(text)
			}
		})
	}
}

package text_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"marquee/search/text"
	"marquee/storage"
)

// usual is a film as most are: a short title, a description of 60 words, five names.
func usual() *storage.Document {
	return &storage.Document{Noun: storage.Movie, Fields: map[string]any{
		"title": "The Empire Strikes Back", "release_year": int64(1980), "genres": []any{"adventure", "action", "science-fiction"},
		"description": `The epic saga continues as Luke Skywalker, in hopes of defeating the evil Galactic Empire, learns the ways of the Jedi
			from aging master Yoda. But Darth Vader is more determined than ever to capture Luke. Meanwhile, rebel leader Princess Leia, cocky
			Han Solo, Chewbacca, and droids C-3PO and R2-D2 are thrown into various stages of capture, betrayal and despair.`,
	}, Names: map[string][]string{"persons": {"Mark Hamill", "Harrison Ford", "Carrie Fisher", "Billy Dee Williams", "Irvin Kershner"}, "genres": {"Adventure", "Action", "Science Fiction"}}}
}

func BenchmarkTerms(b *testing.B) {
	d := usual()
	b.ReportAllocs()
	for b.Loop() {
		text.Terms(d)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, q := range []string{"dark knight", "joker batman heath ledger sequel of the first film"} {
		b.Run(q, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				text.Parse(q)
			}
		})
	}
}

func BenchmarkCorrect(b *testing.B) {
	v := words{}
	for i := range 2000 {
		v[fmt.Sprintf("t%cr%cm%cnat", 'a'+i%26, 'a'+i/26%26, 'a'+i*7%26)] = i
	}
	q := text.Parse("termintor")
	for b.Loop() {
		if err := q.Correct(context.Background(), storage.Movie, v); err != nil {
			b.Fatal(err)
		}
	}
}

// words is a vocabulary of words that no object has as a term.
type words map[string]int

func (words) Counts(context.Context, *storage.Noun, []string) (map[string]int, error) {
	return nil, nil
}

func (w words) Words(_ context.Context, _ *storage.Noun, first rune, _, _ int, visit func(string, int)) error {
	for word, objects := range w {
		if strings.HasPrefix(word, string(first)) {
			visit(word, objects)
		}
	}
	return nil
}

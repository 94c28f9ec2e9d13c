package query

import (
	"strings"
	"testing"

	"marquee/search"
	"marquee/search/text"
	"marquee/search/touch"
	"marquee/storage"
)

// What this engine takes for a word, and leaves out, search/touch knows: a
// film that only has the other word is touched by a query for the first.
func TestTouchesKnowsTheWords(t *testing.T) {
	t.Parallel()
	touched := func(query, title string) bool {
		text, err := search.NewText(storage.Match, query)
		if err != nil {
			t.Fatal(err)
		}
		d := &storage.Document{Noun: storage.Movie, ID: "1", Fields: map[string]any{"title": title}}
		return touch.NewInterest(&storage.Query{Noun: storage.Movie, Text: text}).Touched(&storage.Change{Noun: storage.Movie, Operation: storage.Create, After: d}, touch.NewTerms)
	}
	for word, genres := range text.GenreWords {
		for genre := range strings.FieldsSeq(strings.ReplaceAll(genres, "|", " ")) {
			if !touched(word, genre) {
				t.Errorf("a film of %s does not touch %s", genre, word)
			}
		}
	}
	for word := range numberOf {
		for _, other := range numerals(word, true) {
			if !touched("rocky "+word, "Saga "+other) {
				t.Errorf("%s does not touch %s", other, word)
			}
		}
	}
	// A word that this engine does not ask for, in a query of nothing else that
	// search/touch takes to be asked for, must count: else a film called so is
	// overlooked.
	for _, words := range []map[string]bool{text.Stops, text.Noise} {
		for word := range words {
			if !touched(word, word+" xylophone") {
				t.Errorf("%s alone is not touched by a film called so", word)
			}
		}
	}
	// And what counts here counts there, beside any word.
	for _, word := range strings.Fields("what flick actor up down night part 2") {
		if w := Parse(word + " casablanca"); !w.words[0].optional && !touched(word+" casablanca", word+" xylophone") {
			t.Errorf("%s beside another word is overlooked", word)
		}
	}
}

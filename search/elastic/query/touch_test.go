package query

import (
	"strings"
	"testing"

	"marquee/search"
	"marquee/search/text"
	"marquee/search/touch"
	"marquee/storage"
)

// search/touch knows the synonyms of this engine, and the words that it leaves out: a
// film with only a synonym touches a query.
func TestTouchKnowsTheWords(t *testing.T) {
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
	// A stop word or noise counts in a query of nothing else: otherwise a film with such a
	// title would be missed.
	for _, words := range []map[string]bool{text.Stops, text.Noise} {
		for word := range words {
			if !touched(word, word+" xylophone") {
				t.Errorf("a film with the title %s does not touch a query for it", word)
			}
		}
	}
	// A word that this engine requires beside another one counts there as well.
	for _, word := range strings.Fields("what flick actor up down night part 2") {
		if w := Parse(word + " casablanca"); !w.words[0].optional && !touched(word+" casablanca", word+" xylophone") {
			t.Errorf("%s beside another word does not count", word)
		}
	}
}

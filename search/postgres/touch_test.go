package postgres

import (
	"strings"
	"testing"

	"marquee/search"
	"marquee/search/text"
	"marquee/search/touch"
	"marquee/storage"
)

// search/touch knows the synonyms of this engine, and the words that it leaves out.
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
	for word, phrases := range text.Abbreviations {
		for other := range strings.FieldsSeq(strings.Join(phrases, " ")) {
			if !touched(word, other) {
				t.Errorf("%s does not touch %s", other, word)
			}
		}
	}
	for word, others := range numerals {
		for _, other := range others {
			if !touched("rocky "+word, "Saga "+other) {
				t.Errorf("%s does not touch %s", other, word)
			}
		}
	}
	// A stop word beside other stop words is required; beside a distinctive word it is not.
	for word := range text.EnglishStops {
		for _, query := range []string{word, "what " + word, word + " flick"} {
			for _, u := range newWanted(query).needed {
				if !touched(query, u.words[0]+" xylophone") {
					t.Errorf("%s is required in %q, but does not count", u.words[0], query)
				}
			}
		}
	}
}

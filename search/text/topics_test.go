package text_test

import (
	"slices"
	"strings"
	"testing"

	"marquee/search/text"
	"marquee/storage"
)

// A film is found by other words for the topic of its description, and still found by
// its own.
func TestTopics(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ description, by, notBy string }{
		{"A pilot of World War II.", "wwii, ww2, second world war, world war two, aviator", "wwi, first world war, cold war"},
		{"Berlin under Hitler.", "wwii, nazi", "hitler youth"},
		{"In the trenches of World War I.", "wwi, first world war", "wwii, second world war"},
		{"An attorney swears in the jury.", "courtroom, lawyer, trial", "dance"},
		{"A famous chef opens a restaurant.", "cook, chefs", "rat"},
		{"A contract killer falls in love.", "hitman, assassins, hit men, killer", "hit song"},
		{"A con-man and his son.", "con artist, grifter", "artist"},
		{"It is Christmas Eve.", "xmas, christmas eve", "easter"},
		{"He lost his memory.", "amnesia, memory loss", "heart"},
		{"In post-apocalyptic Kansas.", "postapocalyptic, post apocalyptic", "office"},
		{"Life in ancient Rome.", "movies set in rome, roman", "paris"},
		{"A set of keys.", "set", "key west"},
	} {
		terms := text.Terms(&storage.Document{Noun: storage.Movie, Fields: map[string]any{"title": "Untitled", "description": tt.description}})
		for q := range strings.SplitSeq(tt.by, ", ") {
			if !finds(q, terms) {
				t.Errorf("%q does not find %q", q, tt.description)
			}
		}
		for q := range strings.SplitSeq(tt.notBy, ", ") {
			if finds(q, terms) {
				t.Errorf("%q finds %q", q, tt.description)
			}
		}
	}
}

// A person is not a topic.
func TestTopicsOfNames(t *testing.T) {
	t.Parallel()
	film := &storage.Document{Noun: storage.Movie, Fields: map[string]any{"title": "Untitled"}, Names: map[string][]string{"persons": {"Dane Cook"}}}
	terms := text.Terms(film)
	if !finds("cook", terms) || finds("chef", terms) {
		t.Errorf("cook %t, chef %t", finds("cook", terms), finds("chef", terms))
	}
}

// A title's own words come before what it is about.
func TestTopicsAreSynonyms(t *testing.T) {
	t.Parallel()
	g := text.Parse("lawyer").Groups[0]
	if g.Stem != "lawyer" || !slices.Equal(g.Synonyms, []string{"t:lawyer"}) {
		t.Errorf("got %q with %q", g.Stem, g.Synonyms)
	}
	if g := text.Parse("untitled").Groups[0]; len(g.Synonyms) > 0 {
		t.Errorf("got %q", g.Synonyms)
	}
}

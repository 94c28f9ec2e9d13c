package storage

import (
	"strings"
	"time"
)

// Suggested are the nouns whose labels are suggested, in the order of the parameter types.
// Objects of equal rank and id have this order.
var Suggested = []*Noun{Movie, Serie, Person, Genre, Collection}

// TypoFrom is the length in runes from which a word of a SuggestQuery may have one typo.
const TypoFrom = 4

// LabelWords are the words by which a suggestion finds a label. They are folded, and have no
// spaces.
type LabelWords struct {
	// Words are the distinct words, in all spellings.
	Words []string
	// Wholes are the whole label, its words separated by spaces, in all spellings.
	Wholes []string
}

// SuggestionClass is how well a label answers what somebody is typing.
type SuggestionClass int

// The classes, the best first.
const (
	WholeLabel  SuggestionClass = iota // the label has the same words
	LabelBegin                         // the label begins with the text
	WordsInside                        // the label has the words somewhere
	NotSuggested
)

// Class returns the class of a label for the words of a text, the last of which may be the
// beginning of a word.
func (l *LabelWords) Class(words []string) SuggestionClass {
	if len(words) == 0 {
		return NotSuggested
	}
	class := NotSuggested
	text := strings.Join(words, " ")
	for _, whole := range l.Wholes {
		switch {
		case whole == text:
			return WholeLabel
		case strings.HasPrefix(whole, text):
			class = LabelBegin
		}
	}
	if class == LabelBegin {
		return class
	}
	last := len(words) - 1
	for i, w := range words {
		if !l.has(w, i == last) {
			return NotSuggested
		}
	}
	return WordsInside
}

// has reports whether a word equals another one, or begins with it.
func (l *LabelWords) has(word string, begins bool) bool {
	for _, w := range l.Words {
		if w == word || begins && strings.HasPrefix(w, word) {
			return true
		}
	}
	return false
}

// SuggestQuery asks for the labels that have the words of a text.
type SuggestQuery struct {
	// Nouns are the kinds of objects, of Suggested.
	Nouns []*Noun
	// Words are the words of the text, folded. The last one may be the beginning of a word.
	Words []string
	// Limit is the largest number of suggestions.
	Limit int
	// At is the instant at which collections must be active.
	At time.Time
	// AtLeast is a version of the catalogue that the answer must show.
	AtLeast int64
}

// Suggestion is an object whose label is suggested.
type Suggestion struct {
	Noun  *Noun
	ID    string
	Label string
	// ReleaseYear is nil for an unknown year, and for nouns without the field.
	ReleaseYear *int64
}

// Suggestions is the answer to a SuggestQuery, the best first: by class, then by likes, views
// and rating, which are 0 for nouns without them, then by id: numbers first, by value. Labels
// with a typo are among them only if there are no others.
type Suggestions struct {
	Found []Suggestion
	// AsOf is the committed version that was read.
	AsOf int64
	// Until is the first instant at which other collections may be active, zero if there is
	// none.
	Until time.Time
}

package storage

import (
	"iter"
	"maps"
	"reflect"
	"slices"
)

// Terms are the tokens by which searches by words find a document. Every engine and
// every check of freshness uses the same ones. A term has no spaces and at most 256
// bytes.
type Terms struct {
	// Label, Names and Text have a term for each word, in order, so that a phrase is a
	// run of them: of the label, of each name that the document shows, and of the other
	// searched value (the description).
	Label []string
	Names [][]string
	Text  []string
	// LabelForms, NameForms and TextForms are further terms of the same values, without
	// a place: neighbours as one word, other spellings, numbers in digits.
	LabelForms, NameForms, TextForms []string
	// Kinds are the terms of genres and of the release year.
	Kinds []string
	// Words are the distinct words of all values, as written but folded. Misspelt words
	// are compared with them.
	Words []string
	// Flags are forms of the whole label, which whole queries are compared with. Each has
	// FlagMark in it.
	Flags []string
}

// Analysis makes the terms of documents. Package search/text has it.
type Analysis interface {
	// Form identifies the analysis. Terms of another form have to be made again.
	Form() string
	// Terms returns the terms of a document of a searched noun. They depend on nothing
	// that SameSearched does not compare.
	Terms(d *Document) *Terms
	// LabelWords returns the words by which suggestions find a label.
	LabelWords(label string) *LabelWords
}

const (
	// WordMark begins a word among terms, where a store has both in one place. No term
	// begins with it.
	WordMark = ":"
	// FlagMark is in every flag and in no term.
	FlagMark = "!"
)

// SameSearched reports whether two states of an object have the same terms: equal
// searched fields, names, genres and release year.
func SameSearched(a, b *Document) bool {
	for _, f := range append([]string{"genres", "release_year"}, a.Noun.Searched...) {
		if !reflect.DeepEqual(a.Fields[f], b.Fields[f]) {
			return false
		}
	}
	return maps.EqualFunc(a.Names, b.Names, slices.Equal)
}

// All returns every term and every word, the words with WordMark, without flags. It may
// return a term more than once.
func (t *Terms) All() iter.Seq[string] {
	return func(yield func(string) bool) {
		lists := append(slices.Clone(t.Names), t.Label, t.Text, t.LabelForms, t.NameForms, t.TextForms, t.Kinds)
		for _, list := range lists {
			for _, term := range list {
				if !yield(term) {
					return
				}
			}
		}
		for _, w := range t.Words {
			if !yield(WordMark + w) {
				return
			}
		}
	}
}

// Distinct returns the terms of All, each once, sorted.
func (t *Terms) Distinct() []string {
	return slices.Compact(slices.Sorted(t.All()))
}

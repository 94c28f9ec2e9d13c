package storage

import "slices"

// TextKind is the kind of a text search.
type TextKind string

// The kinds of search.
const (
	// Match finds objects by their words, ranked, and allows typos.
	Match TextKind = "match"
	// Exact finds objects with a searched value that equals the text after folding, see
	// textform.Fold.
	Exact TextKind = "exact"
	// Regex finds objects with a searched value that matches an RE2 expression.
	Regex TextKind = "regex"
)

// TextQuery is a condition on the searched values of an object.
type TextQuery struct {
	Kind TextKind
	// Query is the given text in NFC, or a regular expression as given.
	Query string
	// Accepts reports whether a value satisfies Exact or Regex. It is nil for Match, which
	// only an engine can decide.
	Accepts func(value string) bool
	// Bounded returns an Accepts that accepts every value after units of work, as regex.Cost
	// counts them. It is nil where Accepts is nil.
	Bounded func(units int64) func(value string) bool
	// Synonyms are those that a Match applies; nil applies none.
	Synonyms Synonyms
}

// Matches reports whether Accepts accepts one of the document's searched values. For Match
// it is true for every document.
func (t *TextQuery) Matches(d *Document) bool {
	return t.Accepts == nil || slices.ContainsFunc(d.SearchedValues(), t.Accepts)
}

// SearchedValues returns the values that a text search reads, each on its own: the noun's
// searched fields, then the names of persons.
func (d *Document) SearchedValues() []string {
	var values []string
	for _, f := range d.Noun.Searched {
		if s, ok := d.Fields[f].(string); ok {
			values = append(values, s)
		}
	}
	return append(values, d.Names[Person.Plural]...)
}

// Relevance is the order of a search of kind Match, the best match first. It has no
// direction and no key. Only the engine that searched can order by it, and a Position in it
// belongs to that engine.
var Relevance = Sort{Name: "relevance", Doc: "best match first"}

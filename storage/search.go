package storage

import "slices"

// TextKind is how a text is searched for.
type TextKind string

// The kinds of search.
const (
	// Match finds objects by their words, ranked, with typos forgiven.
	Match TextKind = "match"
	// Exact finds objects one of whose searched values equals the text after
	// folding: see Fold.
	Exact TextKind = "exact"
	// Regex finds objects one of whose searched values matches an RE2
	// expression.
	Regex TextKind = "regex"
)

// TextQuery is a condition on what an object says: its searched fields and the names
// of the persons in it.
type TextQuery struct {
	Kind TextKind
	// Query is the text as it was given, in NFC; a regular expression is as it
	// was given.
	Query string
	// Accepts decides on one value, for Exact and Regex. It is nil for Match,
	// which only an engine can decide.
	Accepts func(value string) bool
	// Bounded returns an Accepts that takes every value for accepted once it has
	// spent so many units of work, in those of regex.Cost. It is nil where Accepts is.
	Bounded func(units int64) func(value string) bool
}

// Matches reports whether one of the document's searched values is accepted. A
// text of kind Match is conservative: it may match any document.
func (t *TextQuery) Matches(d *Document) bool {
	return t.Accepts == nil || slices.ContainsFunc(d.SearchedValues(), t.Accepts)
}

// SearchedValues are the values that a text is searched in, each by itself: the
// noun's searched fields, then the names of persons.
func (d *Document) SearchedValues() []string {
	var values []string
	for _, f := range d.Noun.Searched {
		if s, ok := d.Fields[f].(string); ok {
			values = append(values, s)
		}
	}
	return append(values, d.Names[Person.Plural]...)
}

// Relevance is the order of a search of kind Match: best first. It has no
// direction and no key; only the engine that searched can order by it, and a
// Position in it is that engine's own.
var Relevance = Sort{Name: "relevance", Doc: "best match first"}

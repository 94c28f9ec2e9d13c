package touch

import (
	"reflect"
	"slices"

	"marquee/search/suggest"
	"marquee/storage"
)

// Suggestions is a query for suggestions, prepared for checks of many changes. It does not
// change, and many goroutines may use it.
type Suggestions struct {
	nouns []*storage.Noun
	text  *suggest.Text
}

// NewSuggestions prepares a query.
func NewSuggestions(q *storage.SuggestQuery) *Suggestions {
	return &Suggestions{nouns: q.Nouns, text: &suggest.Text{Words: q.Words}}
}

// Touched reports whether a change may alter the suggestions: it is of an object that has the
// words, or has them with a typo, before or after it, and it changes something that they
// show, rank or select by. False is a promise, true is not. Counters are not changes.
func (s *Suggestions) Touched(c *storage.Change) bool {
	switch {
	case !slices.Contains(s.nouns, c.Noun):
		return false
	case c.Operation == storage.Import:
		return true
	case c.Before != nil && c.After != nil && !slices.ContainsFunc(suggestedBy, func(f string) bool { return differ(c, f) }) && !differ(c, c.Noun.Label):
		return false
	}
	return s.finds(c.Before) || s.finds(c.After)
}

// suggestedBy are the fields on which suggestions depend, besides labels: the year is shown,
// the rating ranks, and collections are suggested in their periods.
var suggestedBy = []string{"release_year", "imdb_rating", "periods"}

func differ(c *storage.Change, field string) bool {
	return !reflect.DeepEqual(c.Before.Fields[field], c.After.Fields[field])
}

func (s *Suggestions) finds(d *storage.Document) bool { return d != nil && s.text.Finds(d.Label()) }

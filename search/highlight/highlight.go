// Package highlight finds where the text of a search stands in the objects that it found.
// It reads the values that an object shows, with the analysis that found the object, so
// that every engine finds the same places.
package highlight

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"marquee/search/regex"
	"marquee/search/text"
	"marquee/storage"
)

// Finder finds the places of a text in the values of objects.
type Finder interface {
	// find returns the places in bytes, in order and without overlap. An error is the fault
	// of the text.
	find(v *values) (*found, error)
}

// found are places in the values of an object, in the order of values.
type found struct {
	fields, names [][]text.Span
}

// New returns the finder of a search. matched is the text of a search by words as the
// engine parsed and corrected it, nil for other kinds; relaxed says that typos counted.
func New(t *storage.TextQuery, matched *text.Query, relaxed bool) (Finder, error) {
	switch t.Kind {
	case storage.Exact:
		return exact{t}, nil
	case storage.Regex:
		expression, err := regex.Parse(t.Query)
		return &matches{expression: expression, budget: regex.NewBudget(regex.DefaultBudget)}, err
	case storage.Match:
		return words{matched.Finder(relaxed)}, nil
	}
	return nil, fmt.Errorf("highlight a text of kind %q: there is none", t.Kind)
}

// Objects finds the places in each of some objects. names returns the names of persons that
// an object refers to, in the order of their ids. Invalid is an expression that would have to
// read too much.
func Objects(f Finder, objects []storage.Object, names func(object int, ids []string) []string) ([]storage.Highlight, error) {
	out := make([]storage.Highlight, len(objects))
	for i := range objects {
		v, err := read(&objects[i])
		if err != nil {
			return nil, err
		}
		if v.names = names(i, v.persons); len(v.names) != len(v.persons) {
			return nil, fmt.Errorf("highlight %s %s: got %d names of %d persons", v.noun.Name, objects[i].ID, len(v.names), len(v.persons))
		}
		where, err := f.find(v)
		if errors.Is(err, regex.ErrBudget) {
			return nil, tooMuch()
		}
		if err != nil {
			return nil, err
		}
		out[i] = where.inRunes(v)
	}
	return out, nil
}

// tooMuch refuses a search whose matches cost too much to find.
func tooMuch() error {
	const reason = "would have to find too many matches of the expression; leave it out, or ask for fewer objects with limit"
	return &storage.Error{Code: storage.Invalid, Detail: "highlight: " + reason,
		Faults: []storage.Fault{{Parameter: "highlight", Value: "true", Reason: reason}}}
}

// inRunes returns the places in code points.
func (f *found) inRunes(v *values) storage.Highlight {
	h := storage.Highlight{Fields: make([][]storage.Span, len(v.fields))}
	for i, spans := range f.fields {
		h.Fields[i] = inRunes(v.fields[i], spans)
	}
	for i, spans := range f.names {
		if len(spans) > 0 {
			h.Persons = append(h.Persons, storage.HighlightedName{ID: v.persons[i], Spans: inRunes(v.names[i], spans)})
		}
	}
	return h
}

// inRunes returns places in a value in code points instead of bytes.
func inRunes(value string, spans []text.Span) []storage.Span {
	var out []storage.Span
	bytes, runes := 0, 0
	at := func(n int) int {
		runes += utf8.RuneCountInString(value[bytes:n])
		bytes = n
		return runes
	}
	for _, s := range spans {
		from := at(s.From)
		out = append(out, storage.Span{From: from, To: at(s.To)})
	}
	return out
}

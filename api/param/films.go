package param

import (
	"marquee/api/projection"
	"marquee/api/querystring"
	"marquee/storage"
)

// Films are the parameters of a list that an object selects by its rule.
type Films struct {
	Page
	// Fields narrows the objects, nil for all fields.
	Fields *projection.Fields
	// Expand are the names of the fields whose references the answer describes.
	Expand []string
}

var filmSet = perNoun(func(n *storage.Noun) *set[Films] {
	s := newSet(func() *Films { return &Films{} }, func(p *Films) *Request { return &p.Request })
	s.add(offsetParameter, func(p *Films, v string) []querystring.Fault { return parseOffset(&p.Offset, v) })
	s.add(limitParameter, func(p *Films, v string) []querystring.Fault { return parseLimit(&p.Limit, v, maxLimit) })
	s.add(fieldsParameter, func(p *Films, v string) (faults []querystring.Fault) {
		p.Fields, faults = projection.Parse(n, v)
		return faults
	})
	addExpand(s, n, func(p *Films) *[]string { return &p.Expand })
	addAt(s)
	return s
})

// ParseFilms parses the query string of a list of the noun's objects that an object
// selects.
func ParseFilms(n *storage.Noun, path, raw string) (*Films, error) {
	return filmSet(n).parse(path, raw)
}

// OfFilms describes the parameters of a list of the noun's objects that an object selects.
func OfFilms(n *storage.Noun) []Parameter { return filmSet(n).parameters }

package param

import (
	"fmt"

	"marquee/api/querystring"
	"marquee/storage"
)

// lastYear is the last year of the parameter at. A period that holds then, or comes next,
// ends in a year of four digits.
const lastYear = 9997

var prospectSet = perNoun(func(n *storage.Noun) *set[Request] {
	s := newSet(func() *Request { return &Request{} }, func(r *Request) *Request { return r })
	addInstant(s, n)
	return s
})

// ParseProspect parses the query string of a read of what an object of the noun will show.
func ParseProspect(n *storage.Noun, path, raw string) (*Request, error) {
	return prospectSet(n).parse(path, raw)
}

// OfProspect describes the parameters of a read of what an object of the noun will show.
func OfProspect(n *storage.Noun) []Parameter { return prospectSet(n).parameters }

// addInstant adds the parameter at to the reads of a noun whose objects have periods.
func addInstant[T any](s *set[T], n *storage.Noun) {
	if n.Scheduled() {
		addAt(s)
	}
}

// addAt adds the parameter at to other reads that depend on periods.
func addAt[T any](s *set[T]) {
	k := Parameter{
		Name: "at", Allowed: fmt.Sprintf("a time, yyyy-mm-ddThh-mm[-ss] in UTC, up to the year %d", lastYear),
		Doc: "for editors: show everything as it will be at this instant",
	}
	s.add(k, func(p *T, v string) []querystring.Fault {
		at, _, ok := storage.ParseTime(v)
		if !ok || at.Year() > lastYear {
			return []querystring.Fault{querystring.Bad(v, "must be "+k.Allowed)}
		}
		s.request(p).At = at
		return nil
	})
}

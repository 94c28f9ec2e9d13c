package param

import "marquee/storage"

// selectionSet has the parameters of a list that say which objects it has and in which
// order. The others choose a page of it, or what the page shows; some of them are of
// releases to come.
var selectionSet = perNoun(func(n *storage.Noun) *set[List] {
	s := newSet(func() *List { return &List{Query: storage.Query{Noun: n}} }, func(p *List) *Request { return &p.Request })
	s.finish = (*List).finish
	s.foreign = []string{"offset", "limit", "cursor", "fields", "ids", "facets", "facet_limit", "highlight", "expand"}
	s.notHere = "cannot be stored; leave it out"
	addSort(s, n)
	addFilters(s, n)
	return s
})

// ParseSelection parses a query string that says which objects of the noun a list has and
// in which order, as ParseList does, without the parameters of a page and of what it shows.
func ParseSelection(n *storage.Noun, path, raw string) (*List, error) {
	return selectionSet(n).parse(path, raw)
}

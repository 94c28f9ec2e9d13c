package param

import (
	"math"
	"slices"
	"strings"

	"marquee/api/cursor"
	"marquee/api/projection"
	"marquee/api/querystring"
	"marquee/storage"
)

// List are the parameters of a list of objects.
type List struct {
	Request
	// Query is the query without the parents that the path names, and without
	// AtLeast. The handler adds these.
	Query storage.Query
	// Fields narrows the objects, nil for all fields.
	Fields *projection.Fields
	// Expand are the names of the fields whose references the answer describes.
	Expand []string
	// Offset is the number of objects before the page, also of a page that a cursor
	// begins. Query.Offset is then 0.
	Offset int
	// cursor is as given; parseCursor parses it.
	cursor string
}

var listSet = perNoun(func(n *storage.Noun) *set[List] {
	s := newSet(func() *List { return &List{Query: storage.Query{Noun: n}} }, func(p *List) *Request { return &p.Request })
	s.finish = func(p *List) []querystring.Fault {
		faults := p.finish()
		p.Query.DidYouMean = p.Query.Text != nil && p.Query.Text.Kind == storage.Match
		return faults
	}
	s.add(offsetParameter, func(p *List, v string) []querystring.Fault { return parseOffset(&p.Query.Offset, v) })
	s.add(limitParameter, func(p *List, v string) []querystring.Fault { return parseLimit(&p.Query.Limit, v, maxLimit) })
	addSort(s, n)
	addIDs(s, n)
	addFilters(s, n)
	addFacets(s, n)
	s.add(fieldsParameter, func(p *List, v string) (faults []querystring.Fault) {
		p.Fields, faults = projection.Parse(n, v)
		return faults
	})
	addHighlight(s, n)
	addExpand(s, n, func(p *List) *[]string { return &p.Expand })
	addInstant(s, n)
	s.add(Parameter{
		Name: "cursor", Allowed: `the cursor of a Link with rel="next", unchanged`,
		Doc: "where the previous page ended; not together with offset",
	}, func(p *List, v string) []querystring.Fault { p.cursor = v; return nil })
	return s
})

// ParseList parses the query string of a list of the noun's objects. If the
// error is one of faults, the List is not nil: the store may find more of them.
func ParseList(n *storage.Noun, path, raw string) (*List, error) {
	return listSet(n).parse(path, raw)
}

// OfList describes the parameters of a list of the noun's objects.
func OfList(n *storage.Noun) []Parameter { return listSet(n).parameters }

// finish parses what depends on more than one parameter.
func (p *List) finish() []querystring.Fault {
	var faults []querystring.Fault
	p.Offset = p.Query.Offset
	if len(p.Query.Noun.Searched) > 0 {
		faults = append(p.parseSearch(), p.parseHighlight()...)
	}
	faults = append(faults, p.checkFacets()...)
	return append(faults, p.parseCursor(len(p.faults)+len(faults) > 0)...)
}

// parseCursor parses the cursor into a position. Whether the cursor belongs to the
// query is known only without other faults.
func (p *List) parseCursor(otherFaults bool) []querystring.Fault {
	if p.cursor == "" {
		return nil
	}
	var faults []querystring.Fault
	c, ok := cursor.Parse(p.cursor)
	if !ok || !p.fits(&c.Position) {
		faults = append(faults, p.fault("cursor", "is not a cursor of this API, or was changed; copy it from the Link header"))
	} else if !otherFaults && c.Query != p.hash() {
		faults = append(faults, p.fault("cursor", "belongs to another query; send it with the parameters of the page that it came from"))
	}
	if _, given := p.Given("offset"); given {
		faults = append(faults, p.fault("offset", "cannot be given together with cursor").Drop())
	}
	p.Query.Offset = 0
	if ok {
		p.Query.After, p.Offset = &c.Position, c.Offset
	}
	return faults
}

// hash identifies the query that a cursor belongs to. It ignores the parameters
// that choose the page, and defaults that were written out.
func (p *List) hash() cursor.Hash {
	return cursor.HashOf(querystring.Target(p.path, slices.DeleteFunc(p.canonical(), func(given querystring.Pair) bool {
		return choosesPage(given.Name) || slices.ContainsFunc(p.parameters, func(k Parameter) bool {
			return k.Name == given.Name && k.Default == given.Value && !k.Applied
		})
	})))
}

// fits reports whether a position can be one of the query's order. The store is
// given only keys that its columns can hold.
func (p *List) fits(at *storage.Position) bool {
	sort := p.Query.Order.Sort
	if sort == &storage.Relevance { // the search engine checks its own keys
		return p.Query.Noun.ValidID(at.ID)
	}
	low, high := int64(-math.MaxInt32), int64(math.MaxInt32)
	switch sort.Kind {
	case storage.Text:
		low, high = 0, 0
	case storage.Timestamp:
		low, high = firstSecond, lastSecond
	}
	text := sort.Kind == storage.Text || at.Key.Text == ""
	return text && at.Key.Number >= low && at.Key.Number <= high && p.Query.Noun.ValidID(at.ID)
}

// The Unix seconds of the years 1 to 9999, which every store can hold.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// Within adds the parents that the path names, outermost first.
func (p *List) Within(parents []string) {
	n := p.Query.Noun
	for i, id := range parents {
		field := n.Parents[i].IDName()
		at := slices.IndexFunc(n.Filters, func(f storage.Filter) bool { return f.Kind == storage.Within && f.Name == field })
		p.Query.Conditions = append(p.Query.Conditions, storage.Condition{Filter: &n.Filters[at], IDs: []string{id}})
	}
}

// References returns a query with only the conditions that name objects of other
// nouns, to let the store find unknown ids. It matches no object, so that a store
// which finds no fault searches nothing. It returns nil without such conditions.
func (p *List) References() *storage.Query {
	q := &storage.Query{Noun: p.Query.Noun, IDs: []string{}, Limit: 1, Order: p.Query.Order}
	for _, c := range p.Query.Conditions {
		if kind := c.Filter.Kind; kind == storage.AnyOf || kind == storage.AllOf {
			q.Conditions = append(q.Conditions, c)
		}
	}
	if len(q.Conditions) == 0 {
		return nil
	}
	return q
}

// Links returns the Link header of a page (RFC 8288). The next page has a cursor,
// so that it costs the same at any depth. The page before has only an offset.
func (p *List) Links(page *storage.Page) string {
	links := []string{p.firstLink()}
	if p.cursor == "" {
		links = append(links, p.prevLink(p.Offset, p.Query.Limit, page.Total)...)
	}
	if page.Next != nil {
		next := cursor.Cursor{Query: p.hash(), Offset: p.Offset + len(page.Objects), Position: *page.Next}
		links = append(links, link("next", p.page("cursor", next.String())))
	}
	return strings.Join(links, ", ")
}

package storage

import (
	"slices"
	"time"
)

// Query asks for one page of the objects of a noun that satisfy every
// condition.
type Query struct {
	Noun       *Noun
	Conditions []Condition
	// Text, when set, is the text to search for. Only a search engine answers it.
	Text *TextQuery
	// IDs, when not nil, are the only objects wanted. All have a valid form; unknown ones
	// are returned in Page.Missing.
	IDs []string
	// Except are objects that are left out, whatever the conditions. All have a valid form.
	// They change neither the order of the other objects nor whether a search by words is
	// relaxed: that is decided with them.
	Except []string
	// Lenient says that the ids in AnyOf and AllOf need not exist: no object refers to an
	// unknown one. Without Lenient, the store refuses a query with an unknown id.
	Lenient bool
	// Facets are filters of the noun that are Counted. The page has the numbers of their
	// values, at most FacetLimit of each.
	Facets     []*Filter
	FacetLimit int
	Order      Order
	// Offset is the number of objects to skip, Limit the maximum to return.
	Offset, Limit int
	// After, when set, starts the page after a position instead of at Offset.
	After *Position
	// Highlight asks for Page.Highlights. It needs Text.
	Highlight bool
	// DidYouMean asks for Page.Meant. It needs a Text of kind Match, and no Except.
	DidYouMean bool
	// AtLeast is a version of the catalogue. The answer must show every change up to it, as
	// answers from the catalogue itself always do.
	AtLeast int64
}

// ByExpression reports whether the query is a search by a regular expression.
func (q *Query) ByExpression() bool { return q.Text != nil && q.Text.Kind == Regex }

// Position is a position in an order: that of the object with this key and id. For
// relevance, the key belongs to the engine that the key's text names.
type Position struct {
	Key Key
	ID  string
}

// Page is the answer to a query.
type Page struct {
	Objects []Object
	// Total is the exact number of objects that satisfy the query.
	Total int
	// Missing has the ids of Query.IDs that do not exist, in the order of the query.
	Missing []string
	// Next is the position after the page, nil when nothing follows.
	Next *Position
	// AsOf is the as-of version of the page: a committed version, or an indexed one where
	// Indexed is set.
	AsOf    int64
	Indexed bool
	// Facets has the facets of the query, in its order.
	Facets []Facet
	// Until is the first instant at which an Active condition may select other objects,
	// because a period starts or ends. It is zero if there is none.
	Until time.Time
	// Relaxed says that the result has objects without all words of the text. It is not
	// exact where Query.Except leaves some of them out.
	Relaxed bool
	// Highlights has where the text stands in each of Objects, where Query.Highlight asks
	// for it.
	Highlights []Highlight
	// Meant is set where Query.DidYouMean asks for it and no object has all words of the text.
	Meant *Meant
	// Degraded says that the fallback answered, or ranked, in place of a failed index.
	Degraded bool
}

// Meant is what a search by words may have meant that found no object with all words.
type Meant struct {
	// Text is the text that may be meant, "" if there is none. Some object has all of its
	// words.
	Text string
	// Asked are the texts that were asked for under the same conditions, and Words the words
	// in phrases that were looked up among those of all objects. A change that touches a
	// search for one of them may alter Text.
	Asked, Words []string
}

// Matches reports whether the document satisfies every condition of the query, on any page,
// and is not left out. It checks the text last, because a regular expression may cost 10 ms.
func (q *Query) Matches(d *Document) bool { return q.matches(d, 0) }

// Counts reports whether Matches does, or whether the document counts in one of the facets.
func (q *Query) Counts(d *Document) bool { return q.matches(d, 1) }

// matches is Matches, but the document may miss some conditions that facets are counted
// without.
func (q *Query) matches(d *Document, misses int) bool {
	if q.IDs != nil && !slices.Contains(q.IDs, d.ID) {
		return false
	}
	for i := range q.Conditions {
		if c := &q.Conditions[i]; !c.Matches(d) {
			if misses == 0 || !q.ownsCondition(*c) {
				return false
			}
			misses--
		}
	}
	return !slices.Contains(q.Except, d.ID) && (q.Text == nil || q.Text.Matches(d))
}

// WithExcepted returns the query with the objects of Except in its result.
func (q *Query) WithExcepted() *Query {
	if len(q.Except) == 0 {
		return q
	}
	all := *q
	all.Except = nil
	return &all
}

// Bounded returns the query with a bound on the total cost of matching its text, in the
// units of TextQuery.Bounded. Above the bound the text matches every document.
func (q *Query) Bounded(units int64) *Query {
	if q.Text == nil || q.Text.Bounded == nil {
		return q
	}
	bounded, text := *q, *q.Text
	text.Accepts = q.Text.Bounded(units)
	bounded.Text = &text
	return &bounded
}

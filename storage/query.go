package storage

import "slices"

// Query asks for one page of the objects of a noun that satisfy every
// condition.
type Query struct {
	Noun       *Noun
	Conditions []Condition
	// Text, when set, is searched for; only a search engine answers it.
	Text *TextQuery
	// IDs, when not nil, are the only objects wanted, all of a valid form; unknown
	// ones are reported in Page.Missing.
	IDs   []string
	Order Order
	// Offset objects are skipped, at most Limit are returned.
	Offset, Limit int
	// After, when set, starts the page behind a position instead of at Offset.
	After *Position
	// AtLeast is a version of the catalogue up to which the answer shows every
	// change. What is read from the catalogue itself always does.
	AtLeast int64
}

// Position is a place in an order: that of the object with this key and id. By
// relevance the key is the engine's own, and its text names the engine.
type Position struct {
	Key Key
	ID  string
}

// Page is the answer to a query.
type Page struct {
	Objects []Object
	// Total counts every object that satisfies the query, exactly.
	Total int
	// Missing are those of Query.IDs that do not exist, in the order asked.
	Missing []string
	// Next is the position behind the page, nil when nothing follows.
	Next *Position
	// AsOf is the version of the catalogue that the page was read at: the
	// committed version, or the indexed one where Indexed is set.
	AsOf    int64
	Indexed bool
	// Relaxed says that objects follow which do not have all words of the text.
	Relaxed bool
	// Degraded says that a stand-in answered in the place of a search engine that
	// failed, or ranked in its place.
	Degraded bool
}

// Matches reports whether the document satisfies every condition of the query,
// whatever page it would be on. The text comes last: an expression may cost 10 ms.
func (q *Query) Matches(d *Document) bool {
	if q.IDs != nil && !slices.Contains(q.IDs, d.ID) {
		return false
	}
	for i := range q.Conditions {
		if !q.Conditions[i].Matches(d) {
			return false
		}
	}
	return q.Text == nil || q.Text.Matches(d)
}

// Bounded is the query with a bound, in the units of TextQuery.Bounded, on what it
// may cost to hold any number of documents against its text. Beyond the bound the
// text takes them all.
func (q *Query) Bounded(units int64) *Query {
	if q.Text == nil || q.Text.Bounded == nil {
		return q
	}
	bounded, text := *q, *q.Text
	text.Accepts = q.Text.Bounded(units)
	bounded.Text = &text
	return &bounded
}

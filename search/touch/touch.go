// Package touch decides whether a change touches a list: whether its answer may
// differ after the change. A change touches a search by words if the changed document
// shares enough terms with the text, because engines find documents by these terms.
package touch

import (
	"slices"
	"strings"

	"marquee/storage"
)

// Interest is a list's query, prepared for checks of many changes. It does not
// change, and many goroutines may use it.
type Interest struct {
	// query has no conditions on counters, which the change log does not have, or on the
	// time: a change of an object that is not active may move the next turn.
	query storage.Query
	// match is the text of a search by words, which Query.Matches cannot decide; nil for
	// other lists.
	match *matcher
}

// checkBudget is what one check may spend on the text of a list, in the units of
// regex.Cost: up to 16 ms, about as long as the read that it saves.
const checkBudget = 1_000_000

// NewInterest prepares a query.
func NewInterest(q *storage.Query) *Interest {
	i := &Interest{query: *q}
	i.query.Conditions = slices.DeleteFunc(slices.Clone(q.Conditions), func(c storage.Condition) bool { return onCounter(c) || c.Filter.Kind == storage.Active })
	if q.Text != nil && q.Text.Kind == storage.Match {
		i.query.Except = nil // they decide whether the search is relaxed
		i.match = &matcher{text: q.Text}
	}
	return i
}

// Check returns the interest for one check of many changes. When comparing them with
// the list's text has cost too much, the other changes count as touching it.
func (i *Interest) Check() *Interest {
	bounded := i.query.Bounded(checkBudget)
	if bounded == &i.query { // nothing in it needs a bound
		return i
	}
	return &Interest{query: *bounded, match: i.match}
}

// FiltersCounters reports whether a list is filtered by counters.
func FiltersCounters(q *storage.Query) bool { return slices.ContainsFunc(q.Conditions, onCounter) }

func onCounter(c storage.Condition) bool {
	return slices.ContainsFunc(c.Filter.Fields, func(f string) bool { return counters[f] })
}

// counters are the names of the fields that change without a version.
var counters = func() map[string]bool {
	names := map[string]bool{}
	for _, n := range storage.Nouns {
		for _, f := range n.FieldsFrom(storage.Counter) {
			names[f.Name] = true
		}
	}
	return names
}()

// Touched reports whether a change may alter the answer to the list: its objects,
// their bodies, the total, the facets, what is missing, whether it is relaxed, or that it is
// refused. False is a promise, true is not. Counters are not changes. A match may
// be ranked a little differently without being touched: every write shifts how
// rare a word is. The documents of the change must not change; see TermsOf.
func (i *Interest) Touched(c *storage.Change) bool {
	switch {
	case i.decides(c):
		return true
	case c.Noun == storage.Synonym && i.match != nil:
		return i.match.held(c)
	case c.Noun != i.query.Noun:
		return false
	case c.Operation == storage.Import:
		return true
	case i.match == nil:
		return i.lists(c.Before) || i.lists(c.After)
	}
	return i.matches(c)
}

// lists reports whether the document belongs to the list, or counts in its facets. It does
// not compare a text of kind Match.
func (i *Interest) lists(d *storage.Document) bool { return d != nil && i.query.Counts(d) }

// matches reports whether a search by words may find the document before or after the
// change, or may correct words in another way.
func (i *Interest) matches(c *storage.Change) bool {
	m, version := i.match.current()
	if version < c.Version { // a synonym may make the search find it
		return true
	}
	before, after := termsOf(c)
	return i.lists(c.Before) && m.finds(before) || i.lists(c.After) && m.finds(after) || m.corrects(before, after)
}

// termsOf returns the terms of a document before and after a change.
func termsOf(c *storage.Change) (before, after *Terms) {
	before, after = new(Terms), new(Terms)
	if c.Before != nil {
		before = TermsOf(c.Before)
	}
	if c.After != nil {
		after = TermsOf(c.After)
	}
	return before, after
}

// decides reports whether the change creates or removes an object that the query
// names: by its id, in a condition, or as a parent.
func (i *Interest) decides(c *storage.Change) bool {
	if c.Operation == storage.Update || c.Operation == storage.Touch {
		return false
	}
	if c.Noun == i.query.Noun && overlap(i.query.IDs, c.IDs) {
		return true
	}
	return slices.ContainsFunc(i.query.Conditions, func(cond storage.Condition) bool {
		return c.Noun == namedBy(cond.Filter) && overlap(cond.IDs, c.IDs)
	})
}

// namedBy returns the noun whose ids a filter takes, nil for other filters.
func namedBy(f *storage.Filter) *storage.Noun {
	switch f.Kind {
	case storage.AnyOf, storage.AllOf:
		return storage.NounByName(f.Target)
	case storage.Within:
		return storage.NounByName(strings.TrimSuffix(f.Name, "_id"))
	}
	return nil
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(id string) bool { return slices.Contains(b, id) })
}

package storage

import (
	"cmp"
	"slices"
	"strconv"
)

// Facet has the number of objects of a list for each value of a filter's field. It is
// counted without the filter's own condition, so the numbers are the totals of the same
// list with one value in it.
type Facet struct {
	Filter *Filter
	// Counts are the most frequent values, ties in the order of values.
	Counts []ValueCount
}

// ValueCount is the number of objects with a value. A value of a CountRange is in digits.
type ValueCount struct {
	Value   string
	Objects int
}

// NewFacet makes a facet of the counts of all values, in any order, and cuts it off.
func NewFacet(f *Filter, counts []ValueCount, limit int) Facet {
	slices.SortFunc(counts, func(a, b ValueCount) int {
		byValue := cmp.Compare(a.Value, b.Value)
		if f.Kind == CountRange { // digits of a larger number are more
			byValue = cmp.Or(cmp.Compare(len(a.Value), len(b.Value)), byValue)
		}
		return cmp.Or(cmp.Compare(b.Objects, a.Objects), byValue)
	})
	return Facet{Filter: f, Counts: counts[:min(limit, len(counts))]}
}

// Facets returns the filters whose values the noun's lists can count.
func (n *Noun) Facets() []*Filter {
	var out []*Filter
	for i := range n.Filters {
		if n.Filters[i].Counted {
			out = append(out, &n.Filters[i])
		}
	}
	return out
}

// Common returns the query without the conditions that a facet is counted without. It is
// the query itself if there are none.
func (q *Query) Common() *Query {
	if !slices.ContainsFunc(q.Conditions, q.ownsCondition) {
		return q
	}
	common := *q
	common.Conditions = slices.DeleteFunc(slices.Clone(q.Conditions), q.ownsCondition)
	return &common
}

// ownsCondition reports whether one of the facets is counted without the condition.
func (q *Query) ownsCondition(c Condition) bool { return slices.Contains(q.Facets, c.Filter) }

// Tally counts documents for the facets of a query.
type Tally struct {
	query  *Query
	counts []map[string]int
}

// NewTally returns an empty tally.
func NewTally(q *Query) *Tally {
	t := &Tally{query: q, counts: make([]map[string]int, len(q.Facets))}
	for i := range t.counts {
		t.counts[i] = map[string]int{}
	}
	return t
}

// Add counts a document that satisfies Common of the query. It reports whether the document
// satisfies all conditions.
func (t *Tally) Add(d *Document) bool {
	var missed []*Filter
	for i := range t.query.Conditions {
		if c := &t.query.Conditions[i]; t.query.ownsCondition(*c) && !c.Matches(d) {
			missed = append(missed, c.Filter)
		}
	}
	for i, f := range t.query.Facets {
		if len(missed) == 0 || len(missed) == 1 && missed[0] == f {
			for _, v := range d.values(f.Fields[0]) {
				t.counts[i][v]++
			}
		}
	}
	return len(missed) == 0
}

// values returns the values of a field in the form of counts.
func (d *Document) values(field string) []string {
	switch v := d.Fields[field].(type) {
	case string:
		return []string{v}
	case int64:
		return []string{strconv.FormatInt(v, 10)}
	case []any:
		var all []string
		for _, item := range v {
			if s, ok := item.(string); ok {
				all = append(all, s)
			}
		}
		return all
	}
	return nil
}

// Facets returns the facets.
func (t *Tally) Facets() []Facet {
	var out []Facet
	for i, f := range t.query.Facets {
		counts := make([]ValueCount, 0, len(t.counts[i]))
		for v, n := range t.counts[i] {
			counts = append(counts, ValueCount{Value: v, Objects: n})
		}
		out = append(out, NewFacet(f, counts, t.query.FacetLimit))
	}
	return out
}

// Package query makes the clauses of searches in Elasticsearch.
package query

import (
	"strconv"

	"marquee/storage"
)

// OfNoun returns the clause of the objects of a noun.
func OfNoun(n *storage.Noun) JSON { return JSON(nil).Term("noun", n.Name) }

// Conditions returns the clauses that every object of the list satisfies, besides those
// of the noun and of the text. They have to agree with storage.Condition.Matches.
func Conditions(q *storage.Query) JSON {
	var j JSON
	if q.IDs != nil {
		j = j.Terms("id", q.IDs)
	}
	if len(q.Except) > 0 {
		j = j.Open(`{"bool":{"must_not":[`).Terms("id", q.Except).Close("]}}")
	}
	for i := range q.Conditions {
		j = j.condition(&q.Conditions[i])
	}
	return j
}

// condition appends the clauses of one condition, all of which must hold.
func (j JSON) condition(c *storage.Condition) JSON {
	field := "object." + c.Filter.Fields[0]
	switch c.Filter.Kind {
	case storage.Flag:
		return j.Open(`{"term":{"`, field, `":true}},`)
	case storage.Within:
		return j.Term(field, c.IDs[0])
	case storage.AnyOf:
		return j.refers(c.Filter.Fields, c.IDs)
	case storage.AllOf:
		for i := range c.IDs {
			j = j.refers(c.Filter.Fields, c.IDs[i:i+1])
		}
		return j
	case storage.OneOf:
		return j.Terms(field, c.Values)
	case storage.TimeRange:
		// Times have sort keys in Unix seconds, as conditions do.
		return j.span("sort."+c.Filter.Fields[0], c.Range, whole, "gte")
	case storage.DecimalRange:
		return j.span(field, c.Range, tenths, "gte")
	case storage.DecimalAbove:
		return j.span(field, c.Range, tenths, "gt")
	}
	return j.span(field, c.Range, whole, "gte")
}

// refers selects objects with one of the ids in one of the fields.
func (j JSON) refers(fields, ids []string) JSON {
	if len(fields) == 1 {
		return j.Terms("object."+fields[0], ids)
	}
	j = j.Open(`{"bool":{"should":[`)
	for _, f := range fields {
		j = j.Terms("object."+f, ids)
	}
	return j.Close("]}}")
}

// span selects a range, which may be open.
func (j JSON) span(field string, r storage.Range, value func(int64) string, lower string) JSON {
	j = j.Open(`{"range":{"`, field, `":{`)
	if r.From != nil {
		j = j.Open(`"`, lower, `":`, value(*r.From), ",")
	}
	if r.To != nil {
		j = j.Open(`"lte":`, value(*r.To), ",")
	}
	return j.Close("}}}")
}

func whole(n int64) string { return strconv.FormatInt(n, 10) }

// tenths writes a decimal with the digits that documents have. Elasticsearch reads both
// as the same double, so equal decimals are equal.
func tenths(n int64) string { return storage.Decimal(n).String() }

package query

import "marquee/storage"

// MaxValues bounds the values that a facet can have, because Elasticsearch makes no more
// buckets. Its default, which is as many as a client sees, would make counts of several
// shards inexact.
const MaxValues = 65_535

// Facets returns the aggregations of a query's facets, nil without any. They count among
// the objects that satisfy Common of the query.
func Facets(q *storage.Query) JSON {
	if len(q.Facets) == 0 {
		return nil
	}
	j := JSON(nil).Open("{")
	for _, f := range q.Facets {
		j = j.Open(`"`, f.Name, `":{"filter":{"bool":{"filter":[`)
		for i := range q.Conditions {
			if c := &q.Conditions[i]; c.Filter != f && owned(q, c) {
				j = j.condition(c)
			}
		}
		j = j.Close("]}}").Open(`"aggs":{"values":{"terms":{"field":"object.`, f.Fields[0], `","size":`).Int(MaxValues).Close("}}}}")
	}
	return j.Close("}")
}

// Owned returns the clauses of the conditions that a facet is counted without.
func Owned(q *storage.Query) JSON {
	var j JSON
	for i := range q.Conditions {
		if c := &q.Conditions[i]; owned(q, c) {
			j = j.condition(c)
		}
	}
	return j
}

func owned(q *storage.Query, c *storage.Condition) bool {
	for _, f := range q.Facets {
		if f == c.Filter {
			return true
		}
	}
	return false
}

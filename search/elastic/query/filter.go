// Package query makes the clauses of searches in Elasticsearch.
package query

import (
	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
)

// Filters returns the clauses that every object of the list satisfies, with any text.
// They have to agree with storage.Condition.Matches.
func Filters(q *storage.Query) []Object {
	out := []Object{{"term": Object{"noun": q.Noun.Name}}}
	if q.IDs != nil {
		out = append(out, terms("id", q.IDs))
	}
	for i := range q.Conditions {
		out = append(out, condition(&q.Conditions[i])...)
	}
	return out
}

func terms(field string, values []string) Object {
	return Object{"terms": Object{field: values}}
}

// condition returns the clauses of one condition, all of which must hold.
func condition(c *storage.Condition) []Object {
	field := "object." + c.Filter.Fields[0]
	switch c.Filter.Kind {
	case storage.Flag:
		return []Object{{"term": Object{field: true}}}
	case storage.Within:
		return []Object{{"term": Object{field: c.IDs[0]}}}
	case storage.AnyOf:
		return []Object{refers(c.Filter.Fields, c.IDs)}
	case storage.AllOf:
		var all []Object
		for _, id := range c.IDs {
			all = append(all, refers(c.Filter.Fields, []string{id}))
		}
		return all
	case storage.TimeRange:
		// Times have sort keys in Unix seconds, as conditions do.
		return span("sort."+c.Filter.Fields[0], c.Range, whole64, "gte")
	case storage.DecimalRange:
		return span(field, c.Range, tenths, "gte")
	case storage.DecimalAbove:
		return span(field, c.Range, tenths, "gt")
	}
	return span(field, c.Range, whole64, "gte")
}

// refers selects objects with one of the ids in one of the fields.
func refers(fields, ids []string) Object {
	if len(fields) == 1 {
		return terms("object."+fields[0], ids)
	}
	var any []Object
	for _, f := range fields {
		any = append(any, terms("object."+f, ids))
	}
	return Object{"bool": Object{"should": any, "minimum_should_match": 1}}
}

// span selects a range, which may be open.
func span(field string, r storage.Range, value func(int64) any, lower string) []Object {
	ends := Object{}
	if r.From != nil {
		ends[lower] = value(*r.From)
	}
	if r.To != nil {
		ends["lte"] = value(*r.To)
	}
	return []Object{{"range": Object{field: ends}}}
}

func whole64(n int64) any { return n }

// tenths writes a decimal with the digits that documents have. Elasticsearch reads both
// as the same double, so equal decimals are equal.
func tenths(n int64) any { return jsontext.Value(storage.Decimal(n).String()) }

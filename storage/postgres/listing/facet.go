package listing

import (
	"fmt"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/postgres/schema"
)

// owned is a condition that a facet is counted without: a part of Statement.where.
type owned struct {
	filter   *storage.Filter
	from, to int
}

// facets selects one row with the counts of all facets, "" without facets. It must be
// called before rows, as total must.
func (l *Listing) facets() string {
	if len(l.query.Facets) == 0 {
		return ""
	}
	common := l.common()
	// All objects are counted from indexes, each facet from another one.
	base, with := l.table.Name, ""
	if len(l.where) > 0 || len(common) > 0 {
		base, with = "base", "WITH base AS MATERIALIZED ("+l.base(common)+") "
	}
	parts := make([]string, len(l.query.Facets))
	for i, f := range l.query.Facets {
		parts[i] = fmt.Sprintf("(SELECT %d AS facet, v.value::text, count(*) AS objects FROM (%s) v GROUP BY v.value HAVING v.value IS NOT NULL ORDER BY objects DESC, v.value LIMIT %d)",
			i, l.valuesOf(f, base), l.query.FacetLimit)
	}
	return with + "SELECT array_agg(u.facet) AS facets, array_agg(u.value) AS counted, array_agg(u.objects) AS objects FROM (" +
		strings.Join(parts, " UNION ALL ") + ") u"
}

// common returns the conditions of all facets.
func (l *Listing) common() []string {
	var common []string
	for i, where := range l.where {
		if !slices.ContainsFunc(l.owned, func(o owned) bool { return o.from <= i && i < o.to }) {
			common = append(common, where)
		}
	}
	if l.found != nil {
		common = append(common, l.found(l.Arg))
	}
	return common
}

// base selects the objects that a facet may count, with the values of their columns, and
// whether they satisfy each condition that one of the facets is counted without.
func (l *Listing) base(common []string) string {
	columns := []string{"t.id"}
	for _, f := range l.query.Facets {
		if f.Target == "" {
			columns = append(columns, "t."+f.Fields[0])
		}
	}
	for i, o := range l.owned {
		columns = append(columns, fmt.Sprintf("(%s) AS owned_%d", strings.Join(l.where[o.from:o.to], " AND "), i))
	}
	base := "SELECT " + strings.Join(columns, ", ") + " FROM " + l.table.Name + " t"
	if len(common) > 0 {
		base += " WHERE " + strings.Join(common, " AND ")
	}
	return base
}

// others returns the conditions of a facet on rows of base.
func (l *Listing) others(f *storage.Filter) []string {
	var others []string
	for i, o := range l.owned {
		if o.filter != f {
			others = append(others, fmt.Sprintf("b.owned_%d", i))
		}
	}
	return others
}

// valuesOf selects each value of each object of base that the facet counts.
func (l *Listing) valuesOf(f *storage.Filter, base string) string {
	where := ""
	if others := l.others(f); len(others) > 0 {
		where = " WHERE " + strings.Join(others, " AND ")
	}
	if f.Target != "" {
		link := l.table.Links[slices.IndexFunc(l.table.Links, func(link schema.Link) bool { return link.To.Name == f.Target })]
		values := "SELECT k." + link.ToColumn() + " AS value FROM " + link.Name + " k"
		if base == l.table.Name {
			return values
		}
		return values + " JOIN " + base + " b ON b.id = k." + link.FromColumn() + where
	}
	value := "b." + f.Fields[0]
	if l.query.Noun.Field(f.Fields[0]).Type.Kind == storage.List {
		value = "unnest(" + value + ")" // in FROM it would cost 2 µs for each object
	}
	return "SELECT " + value + " AS value FROM " + base + " b" + where
}

// counted has the counts of all facets: of each value the index of its facet, the value, and
// the number of objects.
type counted struct {
	facets  []int
	values  []string
	objects []int
}

func (c *counted) targets() []any { return []any{&c.facets, &c.values, &c.objects} }

// of returns the facets of a query.
func (c *counted) of(q *storage.Query) []storage.Facet {
	counts := make([][]storage.ValueCount, len(q.Facets))
	for i, facet := range c.facets {
		counts[facet] = append(counts[facet], storage.ValueCount{Value: c.values[i], Objects: c.objects[i]})
	}
	out := make([]storage.Facet, len(q.Facets))
	for i, f := range q.Facets {
		out[i] = storage.NewFacet(f, counts[i], q.FacetLimit)
	}
	return out
}

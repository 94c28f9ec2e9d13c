package listing

import (
	"strings"

	"marquee/storage"
	"marquee/storage/postgres/schema"
)

// condition adds a condition to the WHERE clause. It must agree with
// storage.Condition.Matches.
func (l *Listing) condition(c *storage.Condition) {
	switch f := c.Filter; f.Kind {
	case storage.Flag:
		l.and("t.%s", f.Fields[0])
	case storage.Within:
		l.and("t.%s = %s", f.Fields[0], l.Arg(schema.Key(storage.NounByName(strings.TrimSuffix(f.Fields[0], "_id")), c.IDs[0])))
	case storage.AnyOf:
		l.refer(c, "t.id IN (SELECT %s FROM %s WHERE %s = ANY(%s::%s[]))")
	case storage.AllOf:
		l.refer(c, "t.id IN (SELECT %[1]s FROM %[2]s WHERE %[3]s = ANY(%[4]s::%[5]s[]) GROUP BY %[1]s HAVING count(*) = cardinality(%[4]s::%[5]s[]))")
	case storage.OneOf:
		format := "t.%s = ANY(%s::text[])"
		if l.query.Noun.Field(f.Fields[0]).Type.Kind == storage.List {
			format = "t.%s && %s::text[]"
		}
		l.and(format, f.Fields[0], l.Arg(c.Values))
	case storage.DecimalAbove:
		l.and("t.%s > %s::bigint / 10.0", f.Fields[0], l.Arg(*c.Range.From))
	case storage.DecimalRange:
		l.bounds(c, func(n int64) string { return l.Arg(n) + "::bigint / 10.0" })
	case storage.TimeRange:
		l.bounds(c, func(n int64) string { return l.Arg(timeOf(n)) })
	case storage.CountRange:
		if l.query.Noun.Field(f.Fields[0]).Source == storage.Counter {
			l.counterRange(c)
			break
		}
		l.bounds(c, func(n int64) string { return l.Arg(n) + "::bigint" })
	case storage.Active:
		l.active = append(l.active, c)
	}
}

// bounds adds the ends of a range that are set.
func (l *Listing) bounds(c *storage.Condition, value func(int64) string) {
	if c.Range.From != nil {
		l.and("t.%s >= %s", c.Filter.Fields[0], value(*c.Range.From))
	}
	if c.Range.To != nil {
		l.and("t.%s <= %s", c.Filter.Fields[0], value(*c.Range.To))
	}
}

// counterRange adds a range of a counter. An object without a row in the counters
// table has zeros, and most have none. So a range that includes 0 excludes the
// objects beyond its upper end.
func (l *Listing) counterRange(c *storage.Condition) {
	var parts []string
	field, from, to := c.Filter.Fields[0], c.Range.From, c.Range.To
	where := func(comparison string, n int64) {
		parts = append(parts, "c."+field+" "+comparison+" "+l.Arg(n)+"::bigint")
	}
	rows := "SELECT FROM " + schema.CountersTable(l.query.Noun) + " c WHERE c.id = t.id AND "
	if from == nil || *from == 0 {
		if to != nil {
			where(">", *to)
			l.and("NOT EXISTS (%s%s)", rows, parts[0])
		}
		return
	}
	if where(">=", *from); to != nil {
		where("<=", *to)
	}
	l.and("EXISTS (%s%s)", rows, strings.Join(parts, " AND "))
}

// refer adds a condition on the objects that are referred to. An unknown id refuses
// the whole query unless it is lenient. The first condition depends on no row, so
// PostgreSQL evaluates it once and then reads none.
func (l *Listing) refer(c *storage.Condition, format string) {
	if !l.query.Lenient {
		unknown := unknownIDs(storage.NounByName(c.Filter.Target), l.Arg(c.IDs), "")
		l.references = append(l.references, reference{condition: c, selected: unknown})
		l.and("%s IS NULL", unknown)
	}
	for _, link := range l.table.Links {
		if link.To.Name == c.Filter.Target {
			l.and(format, link.FromColumn(), link.Name, link.ToColumn(), l.Arg(schema.Keys(link.To, c.IDs)), schema.KeyType(link.To))
		}
	}
}

package postgres

import (
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// condition adds a condition to the WHERE clause. It has to agree with
// storage.Condition.Matches.
func (l *listing) condition(c *storage.Condition) {
	switch f := c.Filter; f.Kind {
	case storage.Flag:
		l.and("t.%s", f.Fields[0])
	case storage.Within:
		l.and("t.%s = %s", f.Fields[0], l.arg(key(storage.NounByName(strings.TrimSuffix(f.Fields[0], "_id")), c.IDs[0])))
	case storage.AnyOf:
		l.refer(c, "t.id IN (SELECT %s FROM %s WHERE %s = ANY(%s::%s[]))")
	case storage.AllOf:
		l.refer(c, "t.id IN (SELECT %[1]s FROM %[2]s WHERE %[3]s = ANY(%[4]s::%[5]s[]) GROUP BY %[1]s HAVING count(*) = cardinality(%[4]s::%[5]s[]))")
	case storage.DecimalAbove:
		l.and("t.%s > %s::bigint / 10.0", f.Fields[0], l.arg(*c.Range.From))
	case storage.DecimalRange:
		l.bounds(c, func(n int64) string { return l.arg(n) + "::bigint / 10.0" })
	case storage.TimeRange:
		l.bounds(c, func(n int64) string { return l.arg(timeOf(n)) })
	case storage.CountRange:
		if l.query.Noun.Field(f.Fields[0]).Source == storage.Counter {
			l.counterRange(c)
			break
		}
		l.bounds(c, func(n int64) string { return l.arg(n) + "::bigint" })
	}
}

// bounds adds the ends that a range has.
func (l *listing) bounds(c *storage.Condition, value func(int64) string) {
	if c.Range.From != nil {
		l.and("t.%s >= %s", c.Filter.Fields[0], value(*c.Range.From))
	}
	if c.Range.To != nil {
		l.and("t.%s <= %s", c.Filter.Fields[0], value(*c.Range.To))
	}
}

// refer adds a condition on the objects that are referred to. With one that does
// not exist the query is refused, so that nothing need be looked for: the first
// condition names no row, and is decided once before any is read.
func (l *listing) refer(c *storage.Condition, format string) {
	unknown := unknownIDs(storage.NounByName(c.Filter.Target), l.arg(c.IDs))
	l.references = append(l.references, reference{condition: c, selected: unknown})
	l.and("%s IS NULL", unknown)
	for _, link := range l.table.links {
		if link.to.Name == c.Filter.Target {
			l.and(format, link.fromColumn(), link.name, link.toColumn(), l.arg(keys(link.to, c.IDs)), keyType(link.to))
		}
	}
}

// timeOf is the moment of Unix seconds.
func timeOf(seconds int64) time.Time { return time.Unix(seconds, 0).UTC() }

// pageKey scans the key that a page is ordered by.
type pageKey struct {
	kind   storage.Kind
	number pgtype.Int8
	text   []byte
	moment pgtype.Timestamptz
}

func (k *pageKey) target() any {
	switch k.kind {
	case storage.Text:
		return &k.text
	case storage.Timestamp:
		return &k.moment
	}
	return &k.number
}

func (k *pageKey) key() storage.Key {
	switch k.kind {
	case storage.Text:
		return storage.Key{Text: string(k.text)}
	case storage.Timestamp:
		return storage.Key{Number: k.moment.Time.Unix()}
	}
	return storage.Key{Number: k.number.Int64}
}

func collectStrings(rows pgx.Rows) ([]string, error) {
	return pgx.CollectRows(rows, pgx.RowTo[string])
}

package postgres

import (
	"context"
	"strings"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// countersTable holds the votes and views of a noun's objects, apart from their
// rows; an object without any has no row there (docs/decisions/0015).
func countersTable(n *storage.Noun) string { return n.Name + "_counters" }

// CounterOf is the SQL expression of a counter of row t of the noun's table.
func CounterOf(n *storage.Noun, field string) string {
	return "coalesce((SELECT c." + field + " FROM " + countersTable(n) + " c WHERE c.id = t.id), 0)"
}

// selectCounters is the expression of all counters of row t as one array, so
// that they cost one look-up; null stands for zeros.
func (t *table) selectCounters() string {
	names := make([]string, len(t.counters))
	for i, f := range t.counters {
		names[i] = "c." + f.Name
	}
	return "(SELECT ARRAY[" + strings.Join(names, ", ") + "] FROM " + countersTable(t.noun) + " c WHERE c.id = t.id)"
}

// counterRange adds a range of a counter. Most objects may have no row, which is the
// count 0: where the range holds that, objects beyond its end are left out.
func (l *listing) counterRange(c *storage.Condition) {
	var parts []string
	field, from, to := c.Filter.Fields[0], c.Range.From, c.Range.To
	where := func(comparison string, n int64) {
		parts = append(parts, "c."+field+" "+comparison+" "+l.arg(n)+"::bigint")
	}
	rows := "SELECT FROM " + countersTable(l.query.Noun) + " c WHERE c.id = t.id AND "
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

// copyCounters writes the counters that imported documents bring along.
func (b *batch) copyCounters(ctx context.Context, t *table, docs []*storage.Document) error {
	columns := []string{"id"}
	for _, f := range t.counters {
		columns = append(columns, f.Name)
	}
	var rows [][]any
	for _, d := range docs {
		values, some := []any{key(t.noun, d.ID)}, false
		for _, f := range t.counters {
			n, _ := d.Fields[f.Name].(int64)
			values, some = append(values, n), some || n != 0
		}
		if some {
			rows = append(rows, values)
		}
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := b.tx.CopyFrom(ctx, pgx.Identifier{countersTable(t.noun)}, columns, pgx.CopyFromRows(rows))
	return err
}

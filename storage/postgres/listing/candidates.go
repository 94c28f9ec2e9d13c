package listing

import (
	"context"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// Candidates visits the searched values of every match, in any order. Conditions may
// refer to the row x of texts. It does not collect them. An error of visit ends it and is returned.
//
// It then also cancels the connection. Closing a result means receiving the rest of
// it, so an expression that is refused at the first row would still read the whole
// table. A cursor would cost all others up to a quarter of their time, because
// PostgreSQL does not read ahead while a batch is visited.
func (l *Listing) Candidates(ctx context.Context, db pool.Querier, visit func(id int64, values []string) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := db.Query(ctx, `SELECT `+candidateColumns+l.fromTexts()+l.filter(), l.Args...)
	if err != nil {
		return err
	}
	var c candidate
	_, err = pgx.ForEachRow(rows, c.targets(), func() error {
		err := visit(c.id, c.values())
		if err != nil {
			cancel()
		}
		return err
	})
	return err
}

// Batch visits the searched values of the first matches after the query's position, in
// the query's order, at most limit. It returns how many it visited, and the position of
// the last one.
func (l *Listing) Batch(ctx context.Context, db pool.Querier, limit int, visit func(id int64, values []string) error) (visited int, last *storage.Position, err error) {
	order := l.query.Order
	column := order.Sort.Column(order.Descending)
	l.after(column)
	rows, err := db.Query(ctx, fmt.Sprintf("SELECT t.%[1]s, %[2]s FROM %[3]s t JOIN %[4]s x ON x.id = t.id%[5]s ORDER BY t.%[1]s%[6]s, t.id%[6]s LIMIT %[7]d",
		column, candidateColumns, l.table.Name, schema.TextsTable(l.query.Noun), l.filter(), l.direction(), limit), l.Args...)
	if err != nil {
		return 0, nil, err
	}
	key, c := pageKey{kind: l.kind()}, candidate{}
	_, err = pgx.ForEachRow(rows, append([]any{key.target()}, c.targets()...), func() error {
		visited++
		return visit(c.id, c.values())
	})
	if visited > 0 {
		last = &storage.Position{Key: key.key(), ID: fmt.Sprint(c.id)}
	}
	return visited, last, err
}

// candidate is a scanned row of texts.
type candidate struct {
	id    int64
	raw   string
	edged []string
}

const candidateColumns = "x.id, x.raw, x.edged"

func (c *candidate) targets() []any { return []any{&c.id, &c.raw, &c.edged} }

// values returns the searched values, in NFC unless one has an edge in it.
func (c *candidate) values() []string {
	if c.edged != nil || c.raw == "" {
		return c.edged
	}
	edge := len(textform.Edge)
	return strings.Split(c.raw[edge:len(c.raw)-edge], textform.Edge)
}

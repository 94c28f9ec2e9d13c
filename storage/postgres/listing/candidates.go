package listing

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
)

// Candidates visits the searched values of every match, in any order. It does not
// collect them. An error of visit ends it and is returned.
//
// It then also cancels the connection. Closing a result means receiving the rest of
// it, so an expression that is refused at the first row would still read the whole
// table. A cursor would cost all others up to a quarter of their time, because
// PostgreSQL does not read ahead while a batch is visited.
func (l *Listing) Candidates(ctx context.Context, db pool.Querier, visit func(id int64, values []string) error) error {
	c := l.candidate()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := db.Query(ctx, `SELECT `+c.columns+` FROM `+l.table.Name+` t`+l.filter(), l.Args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, c.targets, func() error {
		err := visit(c.id, c.gather())
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
	c, order := l.candidate(), l.query.Order
	column := order.Sort.Column(order.Descending)
	l.after(column)
	key := pageKey{kind: l.kind()}
	rows, err := db.Query(ctx, fmt.Sprintf("SELECT t.%[1]s, %[2]s FROM %[3]s t%[4]s ORDER BY t.%[1]s%[5]s, t.id%[5]s LIMIT %[6]d",
		column, c.columns, l.table.Name, l.filter(), l.direction(), limit), l.Args...)
	if err != nil {
		return 0, nil, err
	}
	_, err = pgx.ForEachRow(rows, append([]any{key.target()}, c.targets...), func() error {
		visited++
		return visit(c.id, c.gather())
	})
	if visited > 0 {
		last = &storage.Position{Key: key.key(), ID: fmt.Sprint(c.id)}
	}
	return visited, last, err
}

// candidate is a scanned row of Candidates.
type candidate struct {
	columns string
	targets []any
	id      int64
	texts   []*string
	names   []string
	values  []string
}

// candidate returns the columns of a candidate, and their targets.
func (l *Listing) candidate() *candidate {
	c := &candidate{columns: "t.id", texts: make([]*string, len(l.query.Noun.Searched))}
	c.targets = []any{&c.id}
	for i, f := range l.query.Noun.Searched {
		c.columns += ", t.document->>'" + f + "'"
		c.targets = append(c.targets, &c.texts[i])
	}
	if l.table.Credited() {
		c.columns, c.targets = c.columns+", t.names", append(c.targets, &c.names)
	}
	return c
}

// gather returns the searched values, which are valid until the next row.
func (c *candidate) gather() []string {
	c.values = c.values[:0]
	for _, s := range c.texts {
		if s != nil {
			c.values = append(c.values, *s)
		}
	}
	return append(c.values, c.names...)
}

package listing

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
)

// Clause writes a condition or expression over the row t of a noun's table. It
// binds values through arg, which returns a placeholder.
type Clause func(arg func(v any) string) string

// Among is the clause that the object has one of the ids; ids is a []int64 for
// nouns with numeric ids.
func Among(n *storage.Noun, ids any) Clause {
	return func(arg func(any) string) string { return "t.id = ANY(" + arg(ids) + "::" + schema.KeyType(n) + "[])" }
}

// Narrow adds a clause to the query's conditions.
func (l *Listing) Narrow(where Clause) *Listing {
	l.and("%s", where(l.Arg))
	return l
}

// Keyed is an object of a noun with numeric ids, and the key that a search orders it by.
type Keyed struct{ ID, Key int64 }

// Keys returns the matches by an expression of integers, the lowest first, ties by id.
func (l *Listing) Keys(ctx context.Context, db pool.Querier, key Clause, limit, offset int) ([]Keyed, error) {
	rows, err := db.Query(ctx, "SELECT t.id, "+key(l.Arg)+" AS page_key FROM "+l.table.Name+" t"+l.filter()+
		" ORDER BY page_key, t.id LIMIT "+l.Arg(limit)+" OFFSET "+l.Arg(offset), l.Args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowToStructByPos[Keyed])
}

// Given makes the page of objects that a search has selected and ordered. One more than
// the limit shows that another page follows.
func (l *Listing) Given(found []Keyed, total int) *Listing {
	l.given = &found
	return l.Counted(total)
}

// Counted sets the total, which is then not counted.
func (l *Listing) Counted(total int) *Listing {
	l.counted = &total
	return l
}

// Count counts the matches, at most limit.
func (l *Listing) Count(ctx context.Context, db pool.Querier, limit int) (n int, err error) {
	err = db.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FROM (SELECT FROM %s t%s LIMIT %d) t`, l.table.Name, l.filter(), limit), l.Args...).Scan(&n)
	return n, err
}

// Candidates visits the searched values of every match, in any order. It does not
// collect them. An error of visit ends it and is returned.
//
// It then also cancels the connection. Closing a result means receiving the rest of
// it, so an expression that is refused at the first row would still read the whole
// table. A cursor would cost all others up to a quarter of their time, because
// PostgreSQL does not read ahead while a batch is visited.
func (l *Listing) Candidates(ctx context.Context, db pool.Querier, visit func(id int64, values []string) error) error {
	columns, c := "t.id", candidate{texts: make([]*string, len(l.query.Noun.Searched))}
	for _, f := range l.query.Noun.Searched {
		columns += ", t.document->>'" + f + "'"
	}
	targets := c.targets()
	if l.table.Credited() {
		columns, targets = columns+", t.names", append(targets, &c.names)
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	rows, err := db.Query(ctx, `SELECT `+columns+` FROM `+l.table.Name+` t`+l.filter(), l.Args...)
	if err != nil {
		return err
	}
	_, err = pgx.ForEachRow(rows, targets, func() error {
		err := visit(c.id, c.gather())
		if err != nil {
			cancel()
		}
		return err
	})
	return err
}

// candidate is a scanned row of Candidates.
type candidate struct {
	id     int64
	texts  []*string
	names  []string
	values []string
}

func (c *candidate) targets() []any {
	targets := []any{&c.id}
	for i := range c.texts {
		targets = append(targets, &c.texts[i])
	}
	return targets
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

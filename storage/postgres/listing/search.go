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

// WithText is the clause that the texts x of the object satisfy another clause.
func WithText(n *storage.Noun, where Clause) Clause {
	return func(arg func(any) string) string {
		return "t.id IN (SELECT x.id FROM " + schema.TextsTable(n) + " x WHERE " + where(arg) + ")"
	}
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

// Among sets the clause of the objects of all pages, for the facets of given ones.
func (l *Listing) Among(found Clause) *Listing {
	l.found = found
	return l
}

// Counted sets the total, which is then not counted.
func (l *Listing) Counted(total int) *Listing {
	l.counted = &total
	return l
}

// Count counts the matches, at most limit; 0 is no limit.
func (l *Listing) Count(ctx context.Context, db pool.Querier, limit int) (n int, err error) {
	return l.count(ctx, db, " FROM "+l.table.Name+" t", limit)
}

// CountTexts is Count for conditions that refer to the row x of texts.
func (l *Listing) CountTexts(ctx context.Context, db pool.Querier) (n int, err error) {
	return l.count(ctx, db, l.fromTexts(), 0)
}

func (l *Listing) count(ctx context.Context, db pool.Querier, from string, limit int) (n int, err error) {
	rows := "SELECT" + from + l.filter()
	if limit > 0 { // a limit excludes parallel workers
		rows += fmt.Sprintf(" LIMIT %d", limit)
	}
	err = db.QueryRow(ctx, "SELECT count(*) FROM ("+rows+") t", l.Args...).Scan(&n)
	return n, err
}

// fromTexts has the rows x of texts, and t of objects. PostgreSQL reads no objects unless a
// condition refers to t.
func (l *Listing) fromTexts() string {
	return " FROM " + schema.TextsTable(l.query.Noun) + " x LEFT JOIN " + l.table.Name + " t ON t.id = x.id"
}

// IDs returns the ids of matches, in any order, at most limit. The noun is searched.
// Conditions may refer to the row x of texts.
func (l *Listing) IDs(ctx context.Context, db pool.Querier, limit int) ([]int64, error) {
	rows, err := db.Query(ctx, fmt.Sprintf("SELECT x.id%s%s LIMIT %d", l.fromTexts(), l.filter(), limit), l.Args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[int64])
}

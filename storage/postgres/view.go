package postgres

import (
	"context"
	"fmt"

	"github.com/jackc/pgx/v5"

	"marquee/storage"
)

// View is the catalogue as it is at one moment: what a search asks in several
// statements belongs together.
type View struct {
	tx pgx.Tx
}

// View runs f on one state of the catalogue.
func (s *Store) View(ctx context.Context, f func(v *View) error) error {
	return translate(s.inSnapshot(ctx, func(tx pgx.Tx) error { return f(&View{tx: tx}) }))
}

// Query runs a statement that only reads.
func (v *View) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	return v.tx.Query(ctx, sql, args...)
}

// Set sets a parameter of the session for as long as the view lasts.
func (v *View) Set(ctx context.Context, name, value string) error {
	_, err := v.tx.Exec(ctx, `SELECT set_config($1, $2, true)`, name, value)
	return err
}

// Clause writes a piece of SQL over the row t of a noun's table. It binds its
// values through arg, which returns a placeholder.
type Clause func(arg func(v any) string) string

// Among is the clause that the object is one of these; ids is a []int64 for
// numbered nouns.
func Among(n *storage.Noun, ids any) Clause {
	return func(arg func(any) string) string { return "t.id = ANY(" + arg(ids) + "::" + keyType(n) + "[])" }
}

// List answers a query as Store.List does, narrowed by a clause. A rank, when
// given, takes the place of the order: an expression of whole numbers, the
// lowest first, ties by id; the positions are in it.
func (v *View) List(ctx context.Context, q *storage.Query, where, rank Clause) (*storage.Page, error) {
	l := newListing(q)
	l.and("%s", where(l.arg))
	if rank != nil {
		l.rank = rank(l.arg)
	}
	return l.list(ctx, v.tx)
}

// Count counts what satisfies the query and the clause, up to a limit.
func (v *View) Count(ctx context.Context, q *storage.Query, where Clause, limit int) (n int, err error) {
	l := newListing(q)
	l.and("%s", where(l.arg))
	err = v.tx.QueryRow(ctx, fmt.Sprintf(`SELECT count(*) FROM (SELECT FROM %s t%s LIMIT %d) t`, l.table.name, l.filter(), limit), l.args...).Scan(&n)
	return n, err
}

// Candidates visits the searched values of every object that satisfies the
// query's conditions and the clause, in any order, without holding them. An error
// of visit ends it and the view, and is returned.
//
// Then the connection is given up: to close a result means to receive the rest of
// it, so that an expression which is refused at once would still read the table. A
// cursor costs those that are not refused up to a quarter of their time, since
// PostgreSQL does not read on while a batch is looked at.
func (v *View) Candidates(ctx context.Context, q *storage.Query, where Clause, visit func(id int64, values []string) error) error {
	l := newListing(q)
	l.and("%s", where(l.arg))
	columns := "t.id"
	for _, f := range q.Noun.Searched {
		columns += ", t.document->>'" + f + "'"
	}
	texts := make([]*string, len(q.Noun.Searched))
	var id int64
	var names []string
	targets := []any{&id}
	for i := range texts {
		targets = append(targets, &texts[i])
	}
	if l.table.named() {
		columns, targets = columns+", t.names", append(targets, &names)
	}
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	rows, err := v.tx.Query(ctx, `SELECT `+columns+` FROM `+l.table.name+` t`+l.filter(), l.args...)
	if err != nil {
		return err
	}
	var values []string
	_, err = pgx.ForEachRow(rows, targets, func() error {
		values = values[:0]
		for _, s := range texts {
			if s != nil {
				values = append(values, *s)
			}
		}
		err := visit(id, append(values, names...))
		if err != nil {
			giveUp()
		}
		return err
	})
	return err
}

// ranked is the statement's parts when a search orders the page: what was found
// is ranked once, for the total as for the page.
func (l *listing) ranked() (found, total, rows string) {
	found = "WITH found AS MATERIALIZED (SELECT t.id, (" + l.rank + ")::bigint AS page_key FROM " + l.table.name + " t" + l.filter() + ") "
	behind := ""
	if p := l.query.After; p != nil {
		behind = " WHERE (t.page_key, t.id) > (" + l.arg(p.Key.Number) + ", " + l.arg(key(l.query.Noun, p.ID)) + ")"
	}
	rows = "SELECT o.*, t.page_key FROM (SELECT t.* FROM found t" + behind + " ORDER BY t.page_key, t.id LIMIT " + l.arg(l.query.Limit+1) +
		" OFFSET " + l.arg(l.offset()) + ") t JOIN " + l.table.name + " o ON o.id = t.id"
	return found, "SELECT count(*) FROM found", rows
}

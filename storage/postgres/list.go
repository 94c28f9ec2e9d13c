package postgres

import (
	"context"
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/spelling"
)

// statement gathers the text of a query and its arguments.
type statement struct {
	where []string
	args  []any
}

// arg adds an argument and returns its placeholder.
func (st *statement) arg(v any) string {
	st.args = append(st.args, v)
	return fmt.Sprintf("$%d", len(st.args))
}

func (st *statement) and(format string, args ...any) {
	st.where = append(st.where, fmt.Sprintf(format, args...))
}

// filter is the WHERE clause so far.
func (st *statement) filter() string {
	if len(st.where) == 0 {
		return ""
	}
	return " WHERE " + strings.Join(st.where, " AND ")
}

// List answers a query from one snapshot: one statement reads the version, the
// total, what is missing and the page.
func (s *Store) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	return newListing(q).list(ctx, s.pool)
}

// list runs the statement and answers from what it brings.
func (l *listing) list(ctx context.Context, db querier) (*storage.Page, error) {
	q := l.query
	rows, err := db.Query(ctx, l.sql(), l.args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", q.Noun.Plural, translate(err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := l.scan(rows.Scan); err != nil {
			return nil, fmt.Errorf("list %s: %w", q.Noun.Plural, err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list %s: %w", q.Noun.Plural, translate(err))
	}
	if err := l.refuse(ctx, db); err != nil {
		return nil, err
	}
	l.page.AsOf = l.mark.version
	return &l.page, nil
}

// listing is a query on its way to an answer.
type listing struct {
	statement
	query *storage.Query
	table *table
	// references are the conditions whose ids must exist, with what does not.
	references []reference
	parents    bool // the parents of the path exist
	mark       mark // of the state that the answer is of
	page       storage.Page
	lastKey    storage.Key // of the last object on the page
	// rank, when set, is the expression that a search orders by, best first: whole
	// numbers, the lower the better.
	rank string
}

// reference is a condition that names objects, and those that do not exist.
type reference struct {
	condition *storage.Condition
	selected  string // the expression that selects what does not exist
	unknown   []string
}

func newListing(q *storage.Query) *listing {
	l := &listing{query: q, table: tables[q.Noun], parents: true, page: storage.Page{Objects: []storage.Object{}}}
	if q.IDs != nil {
		l.and("t.id = ANY(%s::%s[])", l.arg(keys(q.Noun, q.IDs)), keyType(q.Noun))
	}
	for i := range q.Conditions {
		l.condition(&q.Conditions[i])
	}
	return l
}

// sql is the whole statement. Its first columns answer the query as a whole,
// the others are the page's rows; one row of nulls stands for an empty page.
func (l *listing) sql() string {
	found, total, rows := "", l.total(), ""
	if l.rank == "" {
		rows = l.rows()
	} else {
		found, total, rows = l.ranked()
	}
	head := []string{markColumns, "(" + total + ")", l.missing(), l.parentsExist()}
	for i := range l.references {
		head = append(head, l.references[i].selected)
	}
	direction := l.direction()
	return found + "SELECT " + strings.Join(head, ", ") + ", t.page_key, " + l.table.columns +
		" FROM catalogue c LEFT JOIN (" + rows + ") t ON true ORDER BY t.page_key" + direction + ", t.id" + direction
}

// total counts what satisfies the query, whatever page is asked for.
func (l *listing) total() string {
	return "SELECT count(*) FROM " + l.table.name + " t" + l.filter()
}

// rows selects the page and one row more. It comes behind total, since it
// narrows the filter to what lies behind a position. The rows themselves are
// fetched for the page only: what an offset skips is read from the index alone.
func (l *listing) rows() string {
	column := l.query.Order.Sort.Column(l.query.Order.Descending)
	l.after(column)
	keys := "SELECT t.id, t." + column + " AS page_key FROM " + l.table.name + " t" + l.filter() +
		" ORDER BY t." + column + l.direction() + ", t.id" + l.direction() +
		" LIMIT " + l.arg(l.query.Limit+1) + " OFFSET " + l.arg(l.offset())
	return "SELECT o.*, k.page_key FROM (" + keys + ") k JOIN " + l.table.name + " o ON o.id = k.id"
}

func (l *listing) direction() string {
	if l.query.Order.Descending {
		return " DESC"
	}
	return ""
}

func (l *listing) offset() int {
	if l.query.After != nil {
		return 0
	}
	return l.query.Offset
}

// after narrows the page, not the total, to what lies behind a position.
func (l *listing) after(column string) {
	p := l.query.After
	if p == nil {
		return
	}
	var bound any = p.Key.Number
	switch l.kind() {
	case storage.Text:
		bound = []byte(p.Key.Text)
	case storage.Timestamp:
		bound = timeOf(p.Key.Number)
	}
	comparison := ">"
	if l.query.Order.Descending {
		comparison = "<"
	}
	l.and("(t.%s, t.id) %s (%s, %s)", column, comparison, l.arg(bound), l.arg(key(l.query.Noun, p.ID)))
}

// missing selects those of the query's ids that do not exist.
func (l *listing) missing() string {
	if l.query.IDs == nil {
		return "NULL::text[]"
	}
	return unknownIDs(l.query.Noun, l.arg(l.query.IDs))
}

// unknownIDs selects those of ids that do not exist, null when all do.
func unknownIDs(n *storage.Noun, ids string) string {
	return "(SELECT array_agg(u.id ORDER BY u.n) FROM unnest(" + ids + "::text[]) WITH ORDINALITY u(id, n)" +
		" WHERE NOT EXISTS (SELECT FROM " + n.Plural + " o WHERE o.id = u.id::" + keyType(n) + "))"
}

// parentsExist selects whether the parents that the path names exist, as parts
// of each other.
func (l *listing) parentsExist() string {
	var within []*storage.Condition
	for i := range l.query.Conditions {
		if c := &l.query.Conditions[i]; c.Filter.Kind == storage.Within {
			within = append(within, c)
		}
	}
	if len(within) == 0 {
		return "true"
	}
	parent := l.query.Noun.Parents[len(within)-1]
	st := "SELECT FROM " + parent.Plural + " p WHERE p.id = " + l.arg(key(parent, within[len(within)-1].IDs[0]))
	for i, c := range within[:len(within)-1] {
		st += " AND p." + parent.Parents[i].IDName() + " = " + l.arg(key(parent.Parents[i], c.IDs[0]))
	}
	return "EXISTS (" + st + ")"
}

// scan reads one row: the head into the page, the object, if any, behind the
// others. The row beyond the limit only tells that more follows.
func (l *listing) scan(scan func(...any) error) error {
	var r row
	pageKey := pageKey{kind: l.kind()}
	targets := append(l.mark.targets(), &l.page.Total, &l.page.Missing, &l.parents)
	for i := range l.references {
		targets = append(targets, &l.references[i].unknown)
	}
	targets = append(append(targets, pageKey.target()), l.table.targets(&r)...)
	if err := scan(targets...); err != nil {
		return err
	}
	if r.id() == "" {
		return nil
	}
	if len(l.page.Objects) == l.query.Limit {
		last := l.page.Objects[l.query.Limit-1].ID
		l.page.Next = &storage.Position{Key: l.lastKey, ID: last}
		return nil
	}
	o, err := l.table.object(&r)
	if err != nil {
		return err
	}
	l.lastKey = pageKey.key()
	l.page.Objects = append(l.page.Objects, *o)
	return nil
}

// refuse is the error of a list that names what does not exist.
func (l *listing) refuse(ctx context.Context, db querier) error {
	if !l.parents {
		return storage.Errorf(storage.NotFound, "the path names a parent that does not exist")
	}
	var faults []storage.Fault
	for _, r := range l.references {
		faults = append(faults, r.faults(ctx, db)...)
	}
	if len(faults) == 0 {
		return nil
	}
	return &storage.Error{Code: storage.Invalid, Detail: "the query names what does not exist", Faults: faults}
}

// kind is what the keys of the page are.
func (l *listing) kind() storage.Kind {
	if l.rank != "" {
		return storage.Integer
	}
	return l.query.Order.Sort.Kind
}

// faults are what to tell of the ids that do not exist, up to as many as are
// told.
func (r *reference) faults(ctx context.Context, db querier) []storage.Fault {
	if len(r.unknown) == 0 {
		return nil
	}
	target := storage.NounByName(r.condition.Filter.Target)
	known, _ := slugs(ctx, db, target) // without them the faults are told all the same
	var faults []storage.Fault
	for _, id := range r.unknown[:min(len(r.unknown), maxFaults)] {
		f := noSuch(target, id, known)
		f.Parameter = r.condition.Filter.Name
		faults = append(faults, f)
	}
	return faults
}

// noSuch is the fault of an id that does not exist, without its place.
func noSuch(n *storage.Noun, id string, known []string) storage.Fault {
	return storage.Fault{Value: storage.Excerpt(id), Reason: "is not the id of a " + n.Name, Nearest: spelling.Nearest(strings.ToLower(id), known)}
}

const (
	// maxFaults is how many ids that do not exist are told of one list: a reply
	// tells no more.
	maxFaults = 100
	// maxSlugs is how many ids are compared with one that does not exist. A
	// comparison takes 0.7 µs: those of a hundred unknown ids take 0.07 s.
	maxSlugs = 1000
)

// slugs are the ids that another one may have been meant for; numbers have none.
func slugs(ctx context.Context, q querier, n *storage.Noun) ([]string, error) {
	if !n.Slug {
		return nil, nil
	}
	rows, err := q.Query(ctx, `SELECT id FROM `+n.Plural+` ORDER BY id LIMIT $1`, maxSlugs)
	if err != nil {
		return nil, err
	}
	return collectStrings(rows)
}

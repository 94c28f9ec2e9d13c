// Package listing answers list queries: it turns a storage.Query into SQL, and the
// rows into a page.
package listing

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"marquee/storage"
	"marquee/storage/postgres/pool"
	"marquee/storage/postgres/schema"
	"marquee/storage/schedule"
)

// Listing is a query and, after Run, its page.
type Listing struct {
	Statement
	query *storage.Query
	table *schema.Table
	// references are the conditions whose ids must exist.
	references []reference
	parents    bool // the parents of the path exist
	asOf       schema.AsOf
	page       storage.Page
	lastKey    storage.Key // of the last object on the page
	// given, when set, are the objects of the page; counted is the total, if known.
	given   *[]Keyed
	counted *int
	// owned are the conditions that facets are counted without. found narrows the facets
	// of given objects to those of all pages.
	owned []owned
	found Clause
	// active are the Active conditions. calendar answers them, and stamp is the state of
	// its table in the snapshot of the page.
	active   []*storage.Condition
	calendar *schedule.Calendar
	stamp    schedule.Stamp
}

// New prepares the answer to a query.
func New(q *storage.Query) *Listing {
	l := &Listing{query: q, table: schema.Of(q.Noun), parents: true, page: storage.Page{Objects: []storage.Object{}}}
	if q.IDs != nil {
		l.and("t.id = ANY(%s::%s[])", l.Arg(schema.Keys(q.Noun, q.IDs)), schema.KeyType(q.Noun))
	}
	if len(q.Except) > 0 {
		l.and("t.id <> ALL(%s::%s[])", l.Arg(schema.Keys(q.Noun, q.Except)), schema.KeyType(q.Noun))
	}
	for i := range q.Conditions {
		from := len(l.where)
		l.condition(&q.Conditions[i])
		if f := q.Conditions[i].Filter; slices.Contains(q.Facets, f) {
			l.owned = append(l.owned, owned{filter: f, from: from, to: len(l.where)})
		}
	}
	return l
}

// AsOf is the state of the database that the page was read at.
func (l *Listing) AsOf() schema.AsOf { return l.asOf }

// Run answers the query from one snapshot: a single statement reads the version,
// the total, the missing ids and the page.
func (l *Listing) Run(ctx context.Context, db pool.Querier) (*storage.Page, error) {
	q := l.query
	if l.Scheduled() && l.calendar == nil {
		return nil, fmt.Errorf("list %s: the query depends on a calendar, and there is none", q.Noun.Plural)
	}
	rows, err := db.Query(ctx, l.sql(), l.Args...)
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", q.Noun.Plural, pool.Translate(err))
	}
	defer rows.Close()
	for rows.Next() {
		if err := l.scan(rows.Scan); err != nil {
			return nil, fmt.Errorf("list %s: %w", q.Noun.Plural, err)
		}
	}
	if err := rows.Err(); err != nil {
		return nil, fmt.Errorf("list %s: %w", q.Noun.Plural, pool.Translate(err))
	}
	if err := l.refuse(ctx, db); err != nil {
		return nil, err
	}
	l.page.AsOf = l.asOf.Version
	return &l.page, nil
}

// sql is the whole statement. Its first columns answer the query as a whole, the
// others are the rows of the page. An empty page has one row, of nulls.
func (l *Listing) sql() string {
	total := l.total()
	facets := l.facets()
	rows := l.rows()
	head := []string{schema.AsOfColumns, "(" + total + ")", l.missing(), l.parentsExist()}
	if l.calendar != nil {
		head = append(head, StampColumns)
	}
	for i := range l.references {
		head = append(head, l.references[i].selected)
	}
	from := "catalogue c"
	if facets != "" {
		head, from = append(head, "f.facets", "f.counted", "f.objects"), from+" CROSS JOIN ("+facets+") f"
	}
	direction := l.direction()
	return "SELECT " + strings.Join(head, ", ") + ", t.page_key, " + l.table.Columns +
		" FROM " + from + " LEFT JOIN (" + rows + ") t ON true ORDER BY t.page_key" + direction + ", t.id" + direction
}

// total counts the objects of all pages.
func (l *Listing) total() string {
	if l.counted != nil {
		return l.Arg(*l.counted) + "::bigint"
	}
	return "SELECT count(*) FROM " + l.table.Name + " t" + l.filter()
}

// rows selects the page and one row more. It must be called after total, because it
// narrows the filter to the objects after a position. Only the rows of the page are
// fetched: an offset skips entries of the index.
func (l *Listing) rows() string {
	if l.given != nil {
		return l.givenRows()
	}
	column := l.query.Order.Sort.Column(l.query.Order.Descending)
	l.after(column)
	keys := "SELECT t.id, t." + column + " AS page_key FROM " + l.table.Name + " t" + l.filter() +
		" ORDER BY t." + column + l.direction() + ", t.id" + l.direction() +
		" LIMIT " + l.Arg(l.query.Limit+1) + " OFFSET " + l.Arg(l.offset())
	return "SELECT o.*, k.page_key FROM (" + keys + ") k JOIN " + l.table.Name + " o ON o.id = k.id"
}

// givenRows selects the given objects. They satisfy the filter, which is there for its
// arguments.
func (l *Listing) givenRows() string {
	ids, keys := []int64{}, []int64{}
	for _, k := range *l.given {
		ids, keys = append(ids, k.ID), append(keys, k.Key)
	}
	return "SELECT t.*, k.page_key FROM unnest(" + l.Arg(ids) + "::bigint[], " + l.Arg(keys) + "::bigint[]) k (id, page_key) JOIN " +
		l.table.Name + " t ON t.id = k.id" + l.filter()
}

func (l *Listing) direction() string {
	if l.query.Order.Descending {
		return " DESC"
	}
	return ""
}

func (l *Listing) offset() int {
	if l.query.After != nil {
		return 0
	}
	return l.query.Offset
}

// after narrows the page, not the total, to the objects after a position.
func (l *Listing) after(column string) {
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
	l.and("(t.%s, t.id) %s (%s, %s)", column, comparison, l.Arg(bound), l.Arg(schema.Key(l.query.Noun, p.ID)))
}

// kind is the kind of the keys that the page is ordered by.
func (l *Listing) kind() storage.Kind {
	if l.given != nil {
		return storage.Integer
	}
	return l.query.Order.Sort.Kind
}

// scan reads one row: the head, and the object if there is one. The row after the
// limit only shows that another page follows.
func (l *Listing) scan(scan func(...any) error) error {
	var r schema.Row
	pageKey := pageKey{kind: l.kind()}
	targets := append(l.asOf.Targets(), &l.page.Total, &l.page.Missing, &l.parents)
	if l.calendar != nil {
		targets = append(targets, &l.stamp.Version, &l.stamp.Count)
	}
	for i := range l.references {
		targets = append(targets, &l.references[i].unknown)
	}
	counted := new(counted)
	if len(l.query.Facets) > 0 {
		targets = append(targets, counted.targets()...)
	}
	targets = append(append(targets, pageKey.target()), l.table.Targets(&r)...)
	if err := scan(targets...); err != nil {
		return err
	}
	if l.page.Facets == nil && len(l.query.Facets) > 0 { // every row has them
		l.page.Facets = counted.of(l.query)
	}
	if r.ID() == "" {
		return nil
	}
	if len(l.page.Objects) == l.query.Limit {
		last := l.page.Objects[l.query.Limit-1].ID
		l.page.Next = &storage.Position{Key: l.lastKey, ID: last}
		return nil
	}
	o, err := l.table.Object(&r)
	if err != nil {
		return err
	}
	l.lastKey = pageKey.key()
	l.page.Objects = append(l.page.Objects, *o)
	return nil
}

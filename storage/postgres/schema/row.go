package schema

import (
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// Row is a scanned row. All values are null in the row that stands for an empty
// page.
type Row struct {
	number   pgtype.Int8 // the id of a noun with numeric ids
	slug     pgtype.Text // the id of a noun with slugs
	version  pgtype.Int8
	parents  []pgtype.Int8
	integers []pgtype.Int8
	times    []pgtype.Timestamptz
	counters []int64 // nil if the counters table has no row
	document []byte
}

// Targets resets a row and returns the pointers to scan Columns into.
func (t *Table) Targets(r *Row) []any {
	*r = Row{parents: make([]pgtype.Int8, len(t.Parents)), integers: make([]pgtype.Int8, 0, len(t.computed)), times: make([]pgtype.Timestamptz, 0, 2)}
	out := make([]any, 0, 4+len(t.Parents)+len(t.computed))
	if t.Noun.Slug {
		out = append(out, &r.slug)
	} else {
		out = append(out, &r.number)
	}
	out = append(out, &r.version)
	for i := range r.parents {
		out = append(out, &r.parents[i])
	}
	for _, f := range t.computed {
		switch f.Source {
		case storage.Clock:
			r.times = append(r.times, pgtype.Timestamptz{})
			out = append(out, &r.times[len(r.times)-1])
		case storage.Count:
			r.integers = append(r.integers, pgtype.Int8{})
			out = append(out, &r.integers[len(r.integers)-1])
		}
	}
	if len(t.Counters) > 0 {
		out = append(out, &r.counters)
	}
	return append(out, &r.document)
}

// ID is the row's id, "" in the row of an empty page.
func (r *Row) ID() string {
	switch {
	case r.slug.Valid:
		return r.slug.String
	case r.number.Valid:
		return strconv.FormatInt(r.number.Int64, 10)
	}
	return ""
}

// Version is the object's version.
func (r *Row) Version() int64 { return r.version.Int64 }

// Size is the size of the stored document, in bytes.
func (r *Row) Size() int { return len(r.document) }

// Parent is the id of the parent in the i-th of the table's Parents.
func (r *Row) Parent(i int) string { return strconv.FormatInt(r.parents[i].Int64, 10) }

// Object assembles the public JSON around the row's document: the document's
// bytes are the middle of it.
func (t *Table) Object(r *Row) (*storage.Object, error) {
	o := &storage.Object{Noun: t.Noun, ID: r.ID(), Version: r.version.Int64}
	if len(r.document) < 2 {
		return nil, fmt.Errorf("read %s %s: its document is empty", t.Noun.Name, o.ID)
	}
	b := make([]byte, 0, len(r.document)+40*(2+len(t.Parents)+len(t.computed)))
	b = append(append(append(b, `{"id":"`...), o.ID...), '"')
	for i, f := range t.Parents {
		b = appendName(b, f.Name)
		b = append(strconv.AppendInt(append(b, '"'), r.parents[i].Int64, 10), '"')
	}
	b = append(append(b, ','), r.document[1:len(r.document)-1]...)
	b = t.appendComputed(b, r, o)
	b = append(b, '}')
	o.Body = b
	return o, nil
}

// appendComputed appends the fields that the server computes.
func (t *Table) appendComputed(b []byte, r *Row, o *storage.Object) []byte {
	integers, times, counters := r.integers, r.times, r.counters
	for _, f := range t.computed {
		b = appendName(b, f.Name)
		switch {
		case f.Source == storage.Clock:
			b = times[0].Time.UTC().AppendFormat(b, `"2006-01-02T15-04-05"`)
			o.Modified = times[0].Time.UTC() // the last clock field is the modification
			times = times[1:]
		case f.Source == storage.Count:
			b = strconv.AppendInt(b, integers[0].Int64, 10)
			integers = integers[1:]
		case len(counters) == 0:
			b = append(b, '0')
		default:
			b = strconv.AppendInt(b, counters[0], 10)
			counters = counters[1:]
		}
	}
	return b
}

func appendName(b []byte, name string) []byte {
	return append(append(append(b, `,"`...), name...), `":`...)
}

// Document decodes the row for conditions and edits.
func (t *Table) Document(r *Row) (*storage.Document, error) {
	o, err := t.Object(r)
	if err != nil {
		return nil, err
	}
	return storage.ParseDocument(t.Noun, o.Body)
}

// Rows returns every row of a result with Columns.
func (t *Table) Rows(rows pgx.Rows) ([]*Row, error) {
	return pgx.CollectRows(rows, func(rows pgx.CollectableRow) (*Row, error) {
		r := &Row{}
		return r, rows.Scan(t.Targets(r)...)
	})
}

// Collect decodes every row of a result with Columns.
func (t *Table) Collect(rows pgx.Rows) ([]*storage.Document, error) {
	all, err := t.Rows(rows)
	if err != nil {
		return nil, err
	}
	docs := make([]*storage.Document, len(all))
	for i, r := range all {
		if docs[i], err = t.Document(r); err != nil {
			return nil, err
		}
	}
	return docs, nil
}

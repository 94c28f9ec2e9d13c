package postgres

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"

	"marquee/storage"
)

// table is how a noun is kept: the names of its columns, from its description.
type table struct {
	noun *storage.Noun
	name string
	// parents and kept are the fields beside the document: ids of parents, and
	// what the server keeps, in the order of the noun's fields.
	parents, kept []storage.Field
	// counters are those of the kept fields that stand in a table of their own.
	counters []storage.Field
	// columns is the select list that scanRow reads; the table's alias is t.
	columns string
	// links are the tables that hold the noun's references, by target noun.
	links []link
	// folded says that objects are looked up by their label.
	folded bool
	// clocked says that the noun keeps when it was added and modified.
	clocked bool
}

// link is a table of references from one noun to another.
type link struct {
	name   string
	from   *storage.Noun
	to     *storage.Noun
	fields []string
}

// fromColumn and toColumn hold the two ids.
func (l link) fromColumn() string { return l.from.Name + "_id" }
func (l link) toColumn() string   { return l.to.Name + "_id" }

// tables has the table of every noun. Nouns do not change while the program
// runs.
var tables = func() map[*storage.Noun]*table {
	all := map[*storage.Noun]*table{}
	for _, n := range storage.Nouns {
		all[n] = newTable(n)
	}
	for _, t := range all {
		for _, l := range t.links {
			all[l.to].folded = true
		}
	}
	return all
}()

func newTable(n *storage.Noun) *table {
	t := &table{noun: n, name: n.Plural, parents: n.FieldsFrom(storage.Parent), clocked: n.Field("modified") != nil,
		kept: n.FieldsFrom(storage.Counter, storage.Count, storage.Clock), counters: n.FieldsFrom(storage.Counter)}
	columns := []string{"t.id", "t.version"}
	for _, f := range append(n.FieldsFrom(storage.Parent), n.FieldsFrom(storage.Count, storage.Clock)...) {
		columns = append(columns, "t."+f.Name)
	}
	if len(t.counters) > 0 {
		columns = append(columns, t.selectCounters())
	}
	t.columns = strings.Join(append(columns, "t.document"), ", ")
	for _, f := range n.References() {
		t.addLink(storage.NounByName(f.Type.Of.Reference), f.Name)
	}
	return t
}

func (t *table) addLink(to *storage.Noun, field string) {
	for i := range t.links {
		if t.links[i].to == to {
			t.links[i].fields = append(t.links[i].fields, field)
			return
		}
	}
	t.links = append(t.links, link{name: t.noun.Name + "_" + to.Plural, from: t.noun, to: to, fields: []string{field}})
}

// linksTo lists every table of references to the noun.
func linksTo(n *storage.Noun) []link {
	var out []link
	for _, from := range storage.Nouns {
		for _, l := range tables[from].links {
			if l.to == n {
				out = append(out, l)
			}
		}
	}
	return out
}

// key turns an id into what its column holds: a number, or a slug's text.
func key(n *storage.Noun, id string) any {
	if n.Slug {
		return id
	}
	number, _ := strconv.ParseInt(id, 10, 64) // ids have been checked; 0 exists nowhere
	return number
}

// keys turns ids into an array for the id column, leaving out what cannot be
// an id.
func keys(n *storage.Noun, ids []string) any {
	if n.Slug {
		return ids
	}
	numbers := make([]int64, 0, len(ids))
	for _, id := range ids {
		if n.ValidID(id) {
			numbers = append(numbers, key(n, id).(int64))
		}
	}
	return numbers
}

// keyType is the type of the id column.
func keyType(n *storage.Noun) string {
	if n.Slug {
		return "text"
	}
	return "bigint"
}

// row is a scanned row. Its values may be null where a page is empty.
type row struct {
	number   pgtype.Int8 // the id of a noun with numeric ids
	slug     pgtype.Text // the id of a noun with slugs
	version  pgtype.Int8
	parents  []pgtype.Int8
	integers []pgtype.Int8
	times    []pgtype.Timestamptz
	counters []int64 // nil for none
	document []byte
}

// targets are where a row's columns go, in the order of table.columns.
func (t *table) targets(r *row) []any {
	*r = row{parents: make([]pgtype.Int8, len(t.parents)), integers: make([]pgtype.Int8, 0, len(t.kept)), times: make([]pgtype.Timestamptz, 0, 2)}
	out := make([]any, 0, 4+len(t.parents)+len(t.kept))
	if t.noun.Slug {
		out = append(out, &r.slug)
	} else {
		out = append(out, &r.number)
	}
	out = append(out, &r.version)
	for i := range r.parents {
		out = append(out, &r.parents[i])
	}
	for _, f := range t.kept {
		switch f.Source {
		case storage.Clock:
			r.times = append(r.times, pgtype.Timestamptz{})
			out = append(out, &r.times[len(r.times)-1])
		case storage.Count:
			r.integers = append(r.integers, pgtype.Int8{})
			out = append(out, &r.integers[len(r.integers)-1])
		}
	}
	if len(t.counters) > 0 {
		out = append(out, &r.counters)
	}
	return append(out, &r.document)
}

// id is the row's id, "" for the empty row of a page without objects.
func (r *row) id() string {
	switch {
	case r.slug.Valid:
		return r.slug.String
	case r.number.Valid:
		return strconv.FormatInt(r.number.Int64, 10)
	}
	return ""
}

// object assembles the public JSON around the row's document: the document's
// bytes are the middle of it.
func (t *table) object(r *row) (*storage.Object, error) {
	o := &storage.Object{Noun: t.noun, ID: r.id(), Version: r.version.Int64}
	if len(r.document) < 2 {
		return nil, fmt.Errorf("read %s %s: its document is empty", t.noun.Name, o.ID)
	}
	b := make([]byte, 0, len(r.document)+40*(2+len(t.parents)+len(t.kept)))
	b = append(append(append(b, `{"id":"`...), o.ID...), '"')
	for i, f := range t.parents {
		b = appendName(b, f.Name)
		b = append(strconv.AppendInt(append(b, '"'), r.parents[i].Int64, 10), '"')
	}
	b = append(append(b, ','), r.document[1:len(r.document)-1]...)
	integers, times, counters := r.integers, r.times, r.counters
	for _, f := range t.kept {
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
	b = append(b, '}')
	o.Body = b
	return o, nil
}

func appendName(b []byte, name string) []byte {
	return append(append(append(b, `,"`...), name...), `":`...)
}

// document decodes the row for conditions and edits.
func (t *table) document(r *row) (*storage.Document, error) {
	o, err := t.object(r)
	if err != nil {
		return nil, err
	}
	return storage.ParseDocument(t.noun, o.Body)
}

// collect reads every object of a result.
func (t *table) collect(rows pgx.Rows) ([]*storage.Document, error) {
	return pgx.CollectRows(rows, func(rows pgx.CollectableRow) (*storage.Document, error) {
		var r row
		if err := rows.Scan(t.targets(&r)...); err != nil {
			return nil, err
		}
		return t.document(&r)
	})
}

// Package schema describes how each noun is stored: its table, columns and links,
// the keys of its rows, and how a row becomes an object.
package schema

import (
	"slices"
	"strings"

	"marquee/storage"
)

// Table describes the table of a noun. It is derived from the noun's fields.
type Table struct {
	Noun *storage.Noun
	// Name is the table's name. Statements give it the alias t.
	Name string
	// Parents are the fields with the ids of parents.
	Parents []storage.Field
	// Counters are the fields that are stored in the counters table.
	Counters []storage.Field
	// Columns is the select list whose values go to Targets.
	Columns string
	// Links are the tables with the noun's references, one for each target noun.
	Links []Link
	// Folded reports whether objects are found by their label.
	Folded bool
	// Clocked reports whether the times of creation and modification are stored.
	Clocked bool
	// computed are the fields that the server computes, in the order of the noun's
	// fields: counters, counts and times.
	computed []storage.Field
}

// tables has the table of every noun. Nouns do not change while the program
// runs.
var tables = func() map[*storage.Noun]*Table {
	all := map[*storage.Noun]*Table{}
	for _, n := range storage.Nouns {
		all[n] = newTable(n)
	}
	return all
}()

// Of returns the table of a noun.
func Of(n *storage.Noun) *Table { return tables[n] }

func newTable(n *storage.Noun) *Table {
	label := n.Field(n.Label)
	t := &Table{Noun: n, Name: n.Plural, Parents: n.FieldsFrom(storage.Parent), Clocked: n.Field("modified") != nil,
		Folded:   n.Named || label != nil && label.Distinct,
		computed: n.FieldsFrom(storage.Counter, storage.Count, storage.Clock), Counters: n.FieldsFrom(storage.Counter)}
	columns := []string{"t.id", "t.version"}
	for _, f := range append(n.FieldsFrom(storage.Parent), n.FieldsFrom(storage.Count, storage.Clock)...) {
		columns = append(columns, "t."+f.Name)
	}
	if len(t.Counters) > 0 {
		columns = append(columns, t.selectCounters())
	}
	t.Columns = strings.Join(append(columns, "t.document"), ", ")
	for _, f := range n.References() {
		t.addLink(storage.NounByName(f.Type.Of.Reference), f.Name)
	}
	return t
}

func (t *Table) addLink(to *storage.Noun, field string) {
	for i := range t.Links {
		if t.Links[i].To == to {
			t.Links[i].Fields = append(t.Links[i].Fields, field)
			return
		}
	}
	t.Links = append(t.Links, Link{Name: t.Noun.Name + "_" + to.Plural, From: t.Noun, To: to, Fields: []string{field}})
}

// Searched reports whether the noun is searched: its table has terms, and there is a table
// of texts.
func (t *Table) Searched() bool { return len(t.Noun.Searched) > 0 }

// Credited reports whether the noun is searched and shows the names of persons.
func (t *Table) Credited() bool {
	return t.Searched() && slices.ContainsFunc(t.Links, func(l Link) bool { return l.To == storage.Person })
}

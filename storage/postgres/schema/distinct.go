package schema

import (
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/textform"
)

// Distinction is a value that no two objects of a noun share.
type Distinction struct {
	// Name is the field.
	Name string
	// Column is the SQL expression of the value.
	Column string
	// Value returns the value of a document, "" if it has none.
	Value func(d *storage.Document) string
}

// Distinctions returns the noun's distinct values, other than the id.
func (t *Table) Distinctions() []Distinction {
	var out []Distinction
	for _, f := range t.Noun.Fields {
		switch {
		case !f.Distinct:
		case f.Name == t.Noun.Label:
			out = append(out, Distinction{f.Name, "folded", func(d *storage.Document) string { return textform.Fold(d.Label()) }})
		default:
			column, fold := f.Name, func(s string) string { return s }
			if f.Name == "magnet_hash" {
				column, fold = "lower(magnet_hash)", strings.ToLower
			}
			out = append(out, Distinction{f.Name, column, func(d *storage.Document) string {
				s, _ := d.Fields[f.Name].(string)
				return fold(s)
			}})
		}
	}
	if p := t.Noun.Parent(); p != nil {
		field := p.IDName()
		out = append(out, Distinction{"number", field + "::text || '/' || number::text", func(d *storage.Document) string {
			return fmt.Sprintf("%v/%v", d.Fields[field], d.Fields["number"])
		}})
	}
	return out
}

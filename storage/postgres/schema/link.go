package schema

import (
	"fmt"
	"slices"

	"marquee/storage"
	"marquee/storage/edit"
)

// Link is a table with the references from one noun to another.
type Link struct {
	Name     string
	From, To *storage.Noun
	// Fields are the fields of From with references to To.
	Fields []string
}

// FromColumn and ToColumn are the columns with the two ids.
func (l Link) FromColumn() string { return l.From.Name + "_id" }

// ToColumn is the column with the id that is referred to.
func (l Link) ToColumn() string { return l.To.Name + "_id" }

// LinksTo returns every table with references to the noun.
func LinksTo(n *storage.Noun) []Link {
	var out []Link
	for _, from := range storage.Nouns {
		for _, l := range tables[from].Links {
			if l.To == n {
				out = append(out, l)
			}
		}
	}
	return out
}

// IDs returns the ids that a document refers to, each once, in the order of its
// fields. References by name have no id yet.
func (l Link) IDs(d *storage.Document) []string {
	ids := []string{}
	for _, f := range l.Fields {
		list, _ := d.Fields[f].([]any)
		for _, item := range list {
			if id, ok := item.(string); ok && !slices.Contains(ids, id) {
				ids = append(ids, id)
			}
		}
	}
	return ids
}

// Items calls visit for every reference of a document. item is an id, a
// edit.Reference by name, or nil for a refused one; set replaces it with an id.
func (l Link) Items(d *storage.Document, visit func(pointer string, item any, set func(id string))) {
	for _, f := range l.Fields {
		list, _ := d.Fields[f].([]any)
		for i, item := range list {
			visit(fmt.Sprintf("/%s/%d", f, i), item, func(id string) { list[i] = id })
		}
	}
}

// Named calls visit for every reference by name of a document.
func (l Link) Named(d *storage.Document, visit func(pointer string, ref edit.Reference, set func(id string))) {
	l.Items(d, func(pointer string, item any, set func(id string)) {
		if ref, ok := item.(edit.Reference); ok {
			visit(pointer, ref, set)
		}
	})
}

// Clone gives a document its own lists of references, so that Items can set them.
func (l Link) Clone(d *storage.Document) {
	for _, f := range l.Fields {
		if list, ok := d.Fields[f].([]any); ok {
			d.Fields[f] = slices.Clone(list)
		}
	}
}

// Deduplicate removes repeated references from each field of a document: a name
// and an id may turn out to be the same object.
func (l Link) Deduplicate(d *storage.Document) {
	for _, f := range l.Fields {
		if list, ok := d.Fields[f].([]any); ok {
			d.Fields[f] = storage.Distinct(list)
		}
	}
}

// Drop removes an id from the references of a document.
func (l Link) Drop(d *storage.Document, id string) {
	for _, f := range l.Fields {
		if list, ok := d.Fields[f].([]any); ok {
			d.Fields[f] = slices.DeleteFunc(list, func(item any) bool { return item == id })
		}
	}
}

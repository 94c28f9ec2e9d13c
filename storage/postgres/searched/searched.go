// Package searched computes the columns of a table that searches read, from a
// document and the names that it shows.
package searched

import (
	"hash/fnv"
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// form identifies how Columns computes the columns. Increment its number with every
// change of that. The versions of the Unicode tables are part of it, because a text
// folded with other tables would not be found.
const form = "4-" + unicode.Version + "-" + norm.Version

// Form identifies how Columns computes the columns with an analysis, which may be nil.
func Form(a storage.Analysis) string {
	if a == nil {
		return form
	}
	return form + "/" + a.Form()
}

// Columns returns the names of the search columns and their values for a document
// whose names are set, and the terms that the vocabulary counts. A noun that is not
// searched has none. Without an analysis there are no terms.
func Columns(d *storage.Document, a storage.Analysis) (columns []string, values []any, counted []string) {
	t := schema.Of(d.Noun)
	if !t.Searched() {
		return nil, nil, nil
	}
	terms := &storage.Terms{}
	if a != nil {
		terms = a.Terms(d)
	}
	v := Vector(terms)
	texts := d.SearchedValues()
	raw := textform.Raw(texts...)
	columns = []string{"raw", "canon", "digests", "terms"}
	values = []any{raw, textform.Canon(raw), digests(texts), v}
	if t.Credited() {
		columns, values = append(columns, "names"), append(values, persons(d))
	}
	return columns, values, Counted(v)
}

// persons are the names of persons that a document shows, never nil.
func persons(d *storage.Document) []string {
	if names := d.Names[storage.Person.Plural]; names != nil {
		return names
	}
	return []string{}
}

// digests are the hashes by which exact texts are found, never nil.
func digests(texts []string) []int64 {
	out := []int64{}
	for _, text := range texts {
		out = append(out, Digest(text))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// Digest returns the hash of a text's folded form, by which exact searches find it.
// Different texts may have the same digest.
func Digest(s string) int64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(textform.Fold(s))) // never fails
	return int64(h.Sum64())
}

// Package searched computes what searches read of an object, from its document and the
// names that it shows: its terms, and the row of its texts.
package searched

import (
	"hash/fnv"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"marquee/storage"
	"marquee/storage/postgres/schema"
	"marquee/storage/textform"
)

// form identifies how this package computes terms and texts. Increment its number with every
// change of that. The versions of the Unicode tables are part of it, because a text
// folded with other tables would not be found.
const form = "5-" + unicode.Version + "-" + norm.Version

// Form identifies how terms and texts are computed with an analysis, which may be nil.
func Form(a storage.Analysis) string {
	if a == nil {
		return form
	}
	return form + "/" + a.Form()
}

// TextColumns are the columns of the table of texts; see schema.TextsTable.
var TextColumns = []string{"id", "raw", "canon", "digests", "edged"}

// Texts returns the row of a document's texts. edged has the values if they cannot be cut
// out of raw, because one has an edge in it.
func Texts(d *storage.Document) []any {
	values := d.SearchedValues()
	raw := textform.Raw(values...)
	var edged []string
	if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, textform.Edge) }) {
		edged = values
	}
	return []any{schema.Key(d.Noun, d.ID), raw, textform.Canon(raw), digests(values), edged}
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

package regex

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"marquee/storage/textform"
)

// Edge is before, between and after the values in the indexes, so that an anchor can be
// looked up.
const Edge = textform.Edge

// gram is the length in runes of the substrings in the indexes, and so of the
// shortest literal that can narrow a search.
const gram = 3

// CanonVersion changes when the indexed form of a text may change, such as by a newer
// Unicode table. An index of another version has to be rebuilt, since searches for
// the new form would not find the old one.
const CanonVersion = "2-" + unicode.Version + "-" + norm.Version

// Canon is textform.Canon, the form of texts in the indexes. Case-sensitive patterns
// use the same indexes; they only narrow less.
func Canon(s string) string { return textform.Canon(s) }

// indexed returns a value between edges, in the form of Canon.
func indexed(value string) string { return Canon(textform.Raw(value)) }

// literalForm returns the form in the indexes of a text inside a value.
func literalForm(s string) string {
	return strings.ReplaceAll(Canon(s), Edge, string(utf8.RuneError))
}

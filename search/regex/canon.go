package regex

import (
	"unicode"

	"marquee/storage/textform"
)

// Edge is added before and after each value in the indexes, so that an anchor can be
// looked up: the start and the end of a value, and with (?m) of each of its lines,
// have a line break.
const Edge = "\n"

// gram is the length in runes of the substrings in the indexes, and so of the
// shortest literal that can narrow a search.
const gram = 3

// CanonVersion changes when Canon may map a text differently, such as by a newer
// Unicode table. An index of another version has to be rebuilt, since searches for
// the new form would not find the old one.
const CanonVersion = "1-" + unicode.Version

// Canon is textform.Canon, the form of texts in the indexes. Case-sensitive patterns
// use the same indexes; they only narrow less.
func Canon(s string) string { return textform.Canon(s) }

// indexed returns a value between edges, in the form of Canon.
func indexed(value string) string { return Edge + Canon(value) + Edge }

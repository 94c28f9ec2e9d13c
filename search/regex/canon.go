package regex

import (
	"unicode"

	"marquee/storage/textform"
)

// Edge stands before and behind each value in the indexes, so that an anchor can be
// looked up: whatever begins or ends a value, or by (?m) a line of it, has a line
// break there.
const Edge = "\n"

// gram is the length of the substrings that the indexes hold, in runes, and so
// the shortest literal that can narrow anything.
const gram = 3

// CanonVersion changes when Canon may map a text differently. An index built
// under another version has to be rebuilt: the planner would look in vain for
// what a newer Unicode table folds.
const CanonVersion = "1-" + unicode.Version

// Canon is textform.Canon, the form in which indexes hold a text for narrowing.
// Case-sensitive patterns narrow by the same index, only less tightly.
func Canon(s string) string { return textform.Canon(s) }

// indexed is a value with its edges in the form of Canon.
func indexed(value string) string { return Edge + Canon(value) + Edge }

package regex

import (
	"unicode"

	"marquee/storage"
)

// gram is the length of the substrings that the indexes hold, in runes, and so
// the shortest literal that can narrow anything.
const gram = 3

// CanonVersion changes when Canon may map a text differently. An index built
// under another version has to be rebuilt: the planner would look in vain for
// what a newer Unicode table folds.
const CanonVersion = "1-" + unicode.Version

// Canon is storage.Canon, the form in which indexes hold a text for narrowing.
// Case-sensitive patterns narrow by the same index, only less tightly.
func Canon(s string) string { return storage.Canon(s) }

// Trigrams lists the distinct substrings of three runes, in order of their first
// appearance; none for shorter texts. A text that contains a literal has all the
// trigrams of the literal.
func Trigrams(canon string) []string {
	var starts [gram]int // byte offsets of the last runes seen
	var grams []string
	seen := make(map[string]struct{})
	n := 0
	add := func(end int) {
		if n < gram {
			return
		}
		g := canon[starts[n%gram]:end]
		if _, ok := seen[g]; !ok {
			seen[g] = struct{}{}
			grams = append(grams, g)
		}
	}
	for i := range canon {
		add(i)
		starts[n%gram] = i
		n++
	}
	add(len(canon))
	return grams
}

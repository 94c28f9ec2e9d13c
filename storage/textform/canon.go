package textform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Canon returns the form of a text that search indexes hold for regular expressions. Each
// rune becomes the smallest rune that (?i) treats as equal: k, K and the Kelvin sign become
// K. The number of runes does not change. Each invalid byte becomes U+FFFD, as in a regular
// expression. There is no normalization, because expressions match values as stored.
func Canon(s string) string { return strings.Map(CanonRune, s) }

// CanonRune returns the form of one rune, see Canon.
func CanonRune(r rune) rune {
	switch {
	case 'a' <= r && r <= 'z':
		return r - 'a' + 'A'
	case r < utf8.RuneSelf:
		return r
	}
	least := r
	for f := unicode.SimpleFold(r); f != r; f = unicode.SimpleFold(f) {
		least = min(least, f)
	}
	return least
}

package textform

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Canon maps a text to the form in which search indexes hold it for regular
// expressions: each rune becomes the smallest that (?i) takes for equal (k, K
// and the Kelvin sign become K). The number of runes stays; each invalid byte
// becomes U+FFFD, which is how a pattern sees it. There is no normalization, as
// patterns see values as stored.
func Canon(s string) string { return strings.Map(CanonRune, s) }

// CanonRune is Canon for one rune.
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

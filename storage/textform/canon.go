package textform

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Edge is before, between and after values in Raw, so that an index finds the start and
// the end of a value. It is the separator that Unicode has for records.
const Edge = "\x1e"

// Raw returns values as expressions see them: in NFC, each between edges. An edge inside a
// value becomes U+FFFD. Without values, Raw returns "".
func Raw(values ...string) string {
	if len(values) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(Edge)
	for _, v := range values {
		b.WriteString(strings.ReplaceAll(norm.NFC.String(v), Edge, string(utf8.RuneError)))
		b.WriteString(Edge)
	}
	return b.String()
}

// Canon returns a text in the form that ignores case as (?i) does: each rune becomes the
// smallest rune that (?i) treats as equal, so k, K and the Kelvin sign become K. The number
// of runes does not change. Each invalid byte becomes U+FFFD, as in an expression.
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

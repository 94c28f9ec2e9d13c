package query

import (
	"strconv"
	"strings"
	"unicode"
)

// Grams returns the trigrams of a text as terms for the whitespace analyzer: at each rune
// but the last two, that rune and the next two. Two texts with the same terms are equal,
// and a phrase of terms is a substring, so long as a text has 3 runes.
//
// A blank is written as ␣. Other white space and control characters, ␣ and \ are written
// as their number between \ and a semicolon.
func Grams(text string) string {
	var b strings.Builder
	b.Grow(4 * len(text))
	var window [3]string
	n := 0
	for _, r := range text {
		window[0], window[1], window[2] = window[1], window[2], gramRune(r)
		if n++; n < len(window) {
			continue
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		for _, w := range window {
			b.WriteString(w)
		}
	}
	return b.String()
}

// blank stands for a space in a gram.
const blank = '␣'

func gramRune(r rune) string {
	switch {
	case r == ' ':
		return string(blank)
	case r == blank, r == '\\', unicode.In(r, unicode.Z, unicode.C):
		return `\` + strconv.FormatInt(int64(r), 16) + ";"
	}
	return string(r)
}

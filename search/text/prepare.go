package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// prepare replaces the characters that titles use in another way than Unicode's segments
// do. Every apostrophe becomes ', M*A*S*H becomes M.A.S.H, 80's becomes 80s, l·l becomes
// ll, H₂O becomes H2O, and the middle point of Katakana disappears. If places is not nil,
// and the text changes, it gets the place in the text of each byte of the result.
func prepare(text string, places *[]int32) string {
	if strings.IndexFunc(text, isSpecial) < 0 {
		return text
	}
	runes := []rune(text)
	var b strings.Builder
	b.Grow(len(text))
	at := 0
	for i, r := range runes {
		last, next := ' ', ' '
		if i > 0 {
			last = runes[i-1]
		}
		if i+1 < len(runes) {
			next = runes[i+1]
		}
		size := utf8.RuneLen(r)
		if r, ok := replace(last, r, next); ok {
			b.WriteRune(r)
			for places != nil && len(*places) < b.Len() {
				*places = append(*places, int32(at))
			}
		}
		at += size
	}
	return b.String()
}

// replace returns the replacement of a rune between two others. It reports false if the
// rune disappears.
func replace(last, r, next rune) (rune, bool) {
	switch r {
	case '’', '‘', '`', '´', '\u02bb', '\u02bc', '＇', '\'':
		return '\'', last != '.' && !unicode.IsDigit(last) || !unicode.IsLetter(next)
	case '*':
		if unicode.IsLetter(last) && unicode.IsLetter(next) {
			return '.', true
		}
	case '·':
		return r, last|' ' != 'l' || next|' ' != 'l'
	case '・', '･':
		return r, !isUnspaced(last) || !isUnspaced(next)
	}
	if isSubscript(r) {
		return '0' + r - '₀', true
	}
	return r, true
}

func isSpecial(r rune) bool {
	switch r {
	case '\'', '’', '‘', '`', '´', '\u02bb', '\u02bc', '＇', '*', '·', '・', '･':
		return true
	}
	return isSubscript(r)
}

func isSubscript(r rune) bool { return '₀' <= r && r <= '₉' }

package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold removes case, accents, apostrophes and other forms of the same letter: NFKC but
// for the letters below. What is no letter, digit or pictograph remains as a separator.
func fold(s string) string {
	if isASCII(s) {
		return strings.ReplaceAll(strings.ToLower(s), "'", "")
	}
	var b strings.Builder
	base := ' ' // the last letter
	for _, r := range norm.NFKD.String(s) {
		switch r = unicode.ToLower(r); {
		case unicode.Is(unicode.M, r):
			if keepsMark(base, r) {
				b.WriteRune(r)
			}
		case isInvisible(r), r == '\'', r == '\u02bb', r == '\u02bc', r == '"':
		default:
			base = digit(r)
			if plain, ok := plainLetters[r]; ok {
				b.WriteString(plain)
			} else {
				b.WriteRune(base)
			}
		}
	}
	return norm.NFC.String(b.String())
}

// plainLetters are letters that Unicode does not decompose, and letters of Arabic and
// Persian that people write for each other.
var plainLetters = map[rune]string{
	'ß': "ss", 'ø': "o", 'æ': "ae", 'œ': "oe", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŧ': "t",
	'ς': "σ", 'ى': "ي", 'ی': "ي", 'ة': "ه", 'ک': "ك", 'ٱ': "ا",
}

// accented are the scripts whose marks are accents or vowel points. In other scripts,
// such as Thai, Devanagari and kana, a mark makes another letter.
var accented = []*unicode.RangeTable{unicode.Latin, unicode.Greek, unicode.Cyrillic, unicode.Hebrew, unicode.Arabic,
	unicode.Syriac, unicode.Coptic, unicode.Armenian, unicode.Georgian, unicode.Common}

// breve makes й of и, which is another letter to Russians.
const breve = '\u0306'

func keepsMark(base, mark rune) bool {
	return !unicode.In(mark, unicode.Variation_Selector, unicode.Me) && (!unicode.In(base, accented...) || base == 'и' && mark == breve)
}

// isInvisible reports whether a rune only affects the drawing: joiners, marks of
// direction, tatweel, skin tones.
func isInvisible(r rune) bool {
	return r == '\u0640' || unicode.Is(unicode.Cf, r) || r >= '\U0001f3fb' && r <= '\U0001f3ff'
}

// digit returns a decimal digit of any script as ASCII, other runes as they are. Ranges
// of digits have ten each.
func digit(r rune) rune {
	if r < utf8.RuneSelf || !unicode.Is(unicode.Nd, r) {
		return r
	}
	for _, table := range unicode.Nd.R16 {
		if r <= rune(table.Hi) {
			return '0' + (r-rune(table.Lo))%10
		}
	}
	for _, table := range unicode.Nd.R32 {
		if r <= rune(table.Hi) {
			return '0' + (r-rune(table.Lo))%10
		}
	}
	return r
}

// isSeparator reports whether a rune of a folded text is in no word.
func isSeparator(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r) && !isPictograph(r)
}

// isPictograph reports whether a rune is a word of its own: an emoji, a star, a note.
func isPictograph(r rune) bool {
	switch r {
	case '™', '®', '©', '℠', '℗', '°', '¦', unicode.ReplacementChar:
		return false
	}
	return unicode.Is(unicode.So, r)
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// isPlain reports whether a text has only letters and digits of ASCII.
func isPlain(s string) bool {
	for i := range len(s) {
		if c := rune(s[i]); !isASCIILetter(c) && !isDigit(c) {
			return false
		}
	}
	return true
}

func isASCIILetter(r rune) bool { return 'a' <= r|' ' && r|' ' <= 'z' }

func isDigit(r rune) bool { return '0' <= r && r <= '9' }

// isPoint and isJoint report whether a rune may be within a segment but ends a word.
func isPoint(r rune) bool { return strings.ContainsRune(".․﹒．", r) }

func isJoint(r rune) bool { return strings.ContainsRune(",:;_·‧︓：\u202f", r) }

func onlyDigits(r rune) rune {
	if isDigit(r) {
		return r
	}
	return -1
}

package textform

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// MaxSlug bounds a slug in bytes.
const MaxSlug = 64

// Slug returns an id made from a name: "Science Fiction" becomes science-fiction. Accents
// are dropped, and letters that Unicode does not decompose are written as in a search. The
// slug is empty when nothing remains, and when a letter or number would be lost, because
// different names would have the same slug.
func Slug(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(cases.Fold().String(name)) {
		plain, isLigature := ligatures[r]
		switch {
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’':
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case isLigature:
			b.WriteString(plain)
		case unicode.IsLetter(r), unicode.IsNumber(r):
			return ""
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	slug := strings.Trim(b.String(), "-")
	if len(slug) > MaxSlug {
		slug = strings.Trim(slug[:MaxSlug], "-")
	}
	return slug
}

// SameLetters reports whether two names differ in nothing but case, accents, spaces and
// punctuation, so that one slug may stand for both: Sci-Fi and Sci Fi. Symbols and # count:
// C, C++ and C# differ.
func SameLetters(a, b string) bool { return letters(a) == letters(b) }

// letters returns the letters, numbers and symbols of a name, folded as in a slug.
func letters(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(cases.Fold().String(name)) {
		if plain, isLigature := ligatures[r]; isLigature {
			b.WriteString(plain)
		} else if r == '#' || unicode.In(r, unicode.L, unicode.N, unicode.S) {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// ligatures are letters with a stroke or of two letters, which NFKD does not separate.
var ligatures = map[rune]string{
	'ø': "o", 'æ': "ae", 'œ': "oe", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŧ': "t",
}

package textform

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Words splits a text into the words that a search of kind Match compares: case and accents
// folded, letters and digits only. Apostrophes and the points of an acronym are removed
// ("don't" becomes dont, "S.W.A.T." becomes swat); & becomes and.
func Words(s string) []string {
	runes := []rune(cases.Fold().String(norm.NFKD.String(s)))
	var words []string
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			words = append(words, word.String())
			word.Reset()
		}
	}
	for i, r := range runes {
		switch {
		case unicode.In(r, unicode.Han, unicode.Hiragana):
			flush()
			words = append(words, string(r))
		case unicode.Is(unicode.Mn, r), r == '\'', r == '’', r == '‘', r == '`':
		case unicode.IsLetter(r), unicode.IsNumber(r), unicode.Is(unicode.Mc, r):
			writeFolded(&word, r)
		case r == '.' && inAcronym(runes, i):
		case r == '&':
			flush()
			words = append(words, "and")
		default:
			flush()
		}
	}
	flush()
	return words
}

// inAcronym reports whether the point at i is between two single letters.
func inAcronym(runes []rune, i int) bool {
	letter := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsLetter(runes[i]) }
	return letter(i-1) && !letter(i-2) && letter(i+1) && !letter(i+2)
}

// writeFolded writes a letter without a stroke or ligature, which NFKD does not separate.
func writeFolded(b *strings.Builder, r rune) {
	if plain, ok := ligatures[r]; ok {
		b.WriteString(plain)
		return
	}
	b.WriteRune(r)
}

var ligatures = map[rune]string{
	'ø': "o", 'æ': "ae", 'œ': "oe", 'đ': "d", 'ð': "d", 'ł': "l", 'þ': "th", 'ı': "i", 'ħ': "h", 'ŧ': "t",
}

// TitleKey returns the form in which two equal titles are one for a search of kind Match:
// the words without a leading article and without spaces, roman numerals as digits. So
// "WarGames" equals "War Games", and "The Godfather II" equals "godfather 2". A title
// without words ("!!!") becomes its folded text.
func TitleKey(title string) string {
	words := Words(title)
	if len(words) == 0 {
		return Fold(title)
	}
	if len(words) > 1 && articles[words[0]] {
		words = words[1:]
	}
	for i, w := range words {
		if digits, ok := Romans[w]; ok {
			words[i] = digits
		}
	}
	return strings.Join(words, "")
}

var articles = map[string]bool{"the": true, "a": true, "an": true}

// Romans has the digits of the numerals of parts in titles, except I, which is a word.
var Romans = map[string]string{
	"ii": "2", "iii": "3", "iv": "4", "v": "5", "vi": "6", "vii": "7", "viii": "8", "ix": "9", "x": "10",
	"xi": "11", "xii": "12", "xiii": "13", "xiv": "14", "xv": "15", "xvi": "16", "xvii": "17", "xviii": "18", "xix": "19", "xx": "20",
}

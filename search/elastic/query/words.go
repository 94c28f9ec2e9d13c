package query

import (
	"regexp"
	"strconv"
	"strings"
	"unicode"

	"marquee/storage/textform"

	"golang.org/x/text/unicode/norm"
)

// These do the same as the character filters of mapping.json.
var (
	apostrophes = strings.NewReplacer("'", "", "’", "", "‘", "", "ʼ", "", "`", "", "´", "")
	initials    = regexp.MustCompile(`(?:\b|^)((?:\pL[.*])+\pL)(?:\PL|$)`)
	dots        = strings.NewReplacer(".", "", "*", "")
)

// tokens cuts a text into words about as the index does: letters and digits,
// numbers with their point or comma, initials as one word (E.T. is ET), without
// apostrophes. The words keep their case; the index analyses them.
func tokens(text string) []string {
	text = apostrophes.Replace(text)
	text = initials.ReplaceAllStringFunc(text, dots.Replace)
	var out []string
	runes := []rune(text)
	digit := func(i int) bool { return i >= 0 && i < len(runes) && unicode.IsDigit(runes[i]) }
	start := -1
	for i := 0; i <= len(runes); i++ {
		inside := i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.IsNumber(runes[i]) || unicode.IsMark(runes[i]) ||
			(runes[i] == '.' || runes[i] == ',') && digit(i-1) && digit(i+1))
		switch {
		case inside && start < 0:
			start = i
		case !inside && start >= 0:
			out = append(out, string(runes[start:i]))
			start = -1
		}
	}
	return out
}

// plain removes the case and the accents of a word.
func plain(word string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(textform.Fold(word)) {
		switch {
		case unicode.Is(unicode.Mn, r):
		case letters[r] != "":
			b.WriteString(letters[r])
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// letters are letters that Unicode does not decompose.
var letters = map[rune]string{'ø': "o", 'ł': "l", 'đ': "d", 'ð': "d", 'þ': "th", 'æ': "ae", 'œ': "oe", 'ı': "i", 'ħ': "h"}

// plainTokens returns the words of a text, folded.
func plainTokens(text string) []string {
	words := tokens(text)
	for i, w := range words {
		words[i] = plain(w)
	}
	return words
}

// Whole returns the form in which a query equals a whole title: its words. The form
// of a text without words (the title "!") is the text.
func Whole(text string) string {
	if words := plainTokens(text); len(words) > 0 {
		return strings.Join(words, " ")
	}
	return textform.Fold(text)
}

// Loose returns Whole without the parts that people leave out or write in another
// way: articles, "and", spaces; numbers are digits. "The Godfather: Part II" and
// "godfather part 2" become godfatherpart2, "Spider-Man" becomes spiderman.
func Loose(text string) string { return looseOf(plainTokens(text)) }

func looseOf(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if articles[w] && len(words) > 1 {
			continue
		}
		if n := digits(w, i > 0); n != "" {
			w = n
		}
		b.WriteString(w)
	}
	if b.Len() == 0 {
		return strings.Join(words, "")
	}
	return b.String()
}

var articles = set("the a an and")

// Head returns Loose of the part before a subtitle, "" if there is no subtitle: rambo
// for "Rambo: First Blood Part II". Films of a series are known by it.
func Head(text string) string {
	for _, mark := range []string{": ", " - ", " – ", " — "} {
		if before, _, ok := strings.Cut(text, mark); ok {
			return Loose(before)
		}
	}
	return ""
}

// Part returns the number that a title has after other words, 0 for none: 2 for
// "Rocky II" and for "Kill Bill: Vol. 2".
func Part(text string) int {
	n := 0
	for i, w := range plainTokens(text) {
		if d := digits(w, i > 0); d != "" && i > 0 {
			n, _ = strconv.Atoi(d)
		}
	}
	return n
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

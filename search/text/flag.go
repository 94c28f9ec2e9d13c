package text

import (
	"crypto/sha256"
	"encoding/base64"
	"strings"

	"marquee/storage/textform"
)

// The kinds of flags, in the order of what they say about a label.
const (
	sameFlag  = "s!" // equal but for case and spaces
	wholeFlag = "w!" // the same words
	looseFlag = "l!" // the same but for articles, spaces and the form of numbers
	headFlag  = "h!" // the loose form of the part before a subtitle
)

// flagBytes is the length of the part of a SHA-256 in a flag: labels may be longer than
// a term. Two forms share it by chance once in 2^72 pairs.
const flagBytes = 9

// flag returns the flag of a form, the kind alone for the form "".
func flag(kind, form string) string {
	if form == "" {
		return kind
	}
	sum := sha256.Sum256([]byte(form))
	return kind + base64.RawURLEncoding.EncodeToString(sum[:flagBytes])
}

// same returns the form in which two labels differ in case and spaces only.
func same(label string) string { return textform.Fold(label) }

// whole returns the words of a label. A label without words ("!") is itself.
func whole(label string) string {
	if w := words(label); len(w) > 0 {
		return strings.Join(w, " ")
	}
	return textform.Fold(label)
}

// loose returns words without the parts that people leave out or write in another way:
// articles, "and", spaces; numbers are digits. "The Godfather: Part II" and "godfather
// part 2" become godfatherpart2, "Spider-Man" becomes spiderman.
func loose(words []string) string {
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

var articles = asSet("the a an and")

// head returns the loose form of the part before a subtitle, "" if there is none: rambo
// for "Rambo: First Blood Part II". Films of a series are known by it.
func head(label string) string {
	for _, mark := range []string{": ", " - ", " – ", " — "} {
		if before, _, ok := strings.Cut(label, mark); ok {
			return loose(words(before))
		}
	}
	return ""
}

// Part returns the number that a label has after other words, 0 for none: 2 for "Rocky
// II" and for "Kill Bill: Vol. 2".
func Part(label string) int {
	n := 0
	for i, w := range words(label) {
		if d := numberOf[w]; i > 0 && digits(w, true) != "" {
			n = d
		}
	}
	return n
}

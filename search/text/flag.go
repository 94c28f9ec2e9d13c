package text

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strconv"
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

// flags returns the flags of a label, which has been cut into words.
func flags(label string, words []word) []string {
	out := []string{flag(sameFlag, textform.Fold(label)), flag(headFlag, head(label))}
	for _, reading := range readings(words) {
		out = append(out, flag(wholeFlag, whole(label, reading)), flag(looseFlag, loose(reading)))
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(f string) bool { return strings.HasSuffix(f, "!") })
}

// readings returns the words of a label, and again in other spellings: with the letters
// that digits stand for, with transliterations.
func readings(words []word) [][]word {
	out := [][]word{words}
	other := slices.Clone(words)
	for i := range words {
		if w := words[i].other; w != "" {
			other[i].text, other[i].full, other[i].other = w, w, ""
		}
		if len(out) > 1 {
			continue
		}
		for _, w := range lookalikes(words[i].text) {
			reading := slices.Clone(words)
			reading[i].text, reading[i].full = w, w
			out = append(out, reading)
		}
	}
	return append(out, other)
}

// whole returns the words of a label. A label without words ("!") is itself.
func whole(label string, words []word) string {
	if len(words) == 0 {
		return textform.Fold(label)
	}
	var b strings.Builder
	for i := range words {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(words[i].full)
	}
	return b.String()
}

// loose returns words without the parts that people leave out or write in another way:
// articles, "and", spaces; numbers are digits. "The Godfather: Part II" and "godfather
// part 2" become godfatherpart2, "Spider-Man" becomes spiderman.
func loose(words []word) string {
	var b strings.Builder
	found := numbers(words)
	for i := 0; i < len(words); i++ {
		switch {
		case len(found) > 0 && found[0].from == i:
			b.WriteString(strconv.Itoa(found[0].value))
			i = found[0].to - 1
			found = found[1:]
		case !articles[words[i].text] || len(words) == 1:
			b.WriteString(words[i].text)
		}
	}
	if b.Len() > 0 {
		return b.String()
	}
	for i := range words {
		b.WriteString(words[i].text)
	}
	return b.String()
}

var articles = asSet("the a an and")

// head returns the loose form of the part before a subtitle, "" if there is none: rambo
// for "Rambo: First Blood Part II". Films of a series are known by it.
func head(label string) string {
	for _, mark := range []string{": ", " - ", " – ", " — "} {
		if before, _, ok := strings.Cut(label, mark); ok {
			return loose(cut(before, maxLabel))
		}
	}
	return ""
}

// maxPart is the highest number of a part. Above it are years and other numbers.
const maxPart = 20

// Part returns the number that a label has after other words, 0 for none: 2 for "Rocky
// II" and for "Kill Bill: Vol. 2".
func Part(label string) int {
	part := 0
	for _, n := range numbers(cut(label, maxLabel)) {
		if n.from > 0 && n.value <= maxPart {
			part = n.value
		}
	}
	return part
}

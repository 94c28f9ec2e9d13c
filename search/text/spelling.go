package text

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// transliterations are letters that are written as two where they are missing.
var transliterations = strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "å", "aa", "ø", "oe",
	"Ä", "ae", "Ö", "oe", "Ü", "ue", "Å", "aa", "Ø", "oe")

// transliterated returns a word with its letters ä, ö, ü, å and ø as two letters, folded:
// mueller for Müller. It returns "" for a word without them.
func transliterated(s string) string {
	if isASCII(s) {
		return ""
	}
	s = norm.NFC.String(s)
	if other := transliterations.Replace(s); other != s {
		return fold(other)
	}
	return ""
}

// lookalike has the letters that a digit stands for in titles: Se7en, Thir13en, Numb3rs.
var lookalike = map[byte]string{'0': "o", '1': "itl", '3': "e", '4': "a", '5': "s", '7': "vt", '8': "b", '9': "g"}

const (
	// maxLookalikes bounds the readings of one word.
	maxLookalikes = 9
	// maxMixed is the length of the longest word with digits for letters.
	maxMixed = 20
)

// lookalikes returns what a word with digits between its letters reads as. Words such as
// 3d, h2o and 20th have none: at least three letters and not more digits are needed, and
// the ends are letters.
func lookalikes(word string) []string {
	letters, digits := 0, 0
	for i := range len(word) {
		switch {
		case isASCIILetter(rune(word[i])):
			letters++
		case lookalike[word[i]] != "":
			digits++
		default:
			return nil
		}
	}
	if digits == 0 || digits > min(3, letters-2) || len(word) > maxMixed || isDigit(rune(word[0])) || isDigit(rune(word[len(word)-1])) {
		return nil
	}
	out := []string{""}
	for i := range len(word) {
		reads := lookalike[word[i]]
		if reads == "" {
			reads = word[i : i+1]
		}
		var longer []string
		for _, begin := range out {
			for _, letter := range reads {
				longer = append(longer, begin+string(letter))
			}
		}
		out = longer[:min(len(longer), maxLookalikes)]
	}
	return out
}

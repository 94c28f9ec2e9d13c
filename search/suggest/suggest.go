// Package suggest knows which labels answer what somebody is typing: whole words but for
// the last, which may be the beginning of one. The engine finds the labels by their words;
// this package says where they match, and whether a change matters.
package suggest

import (
	"strings"
	"unicode/utf8"

	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/spelling"
)

// Text is what somebody is typing. It does not change.
type Text struct {
	// Words are its words, folded.
	Words []string
}

// Parse reads a text. Every text is valid. Punctuation is in no word.
func Parse(q string) *Text { return &Text{Words: text.TypedWords(q)} }

// Places returns where a label matches: the words that equal a word of the text, and the
// beginnings of those that begin with the last one. If the label has the words only with a
// typo, the misspelt one is placed as well. The ranges are half-open, in code points.
func (t *Text) Places(label string) [][2]int {
	l := text.LabelWords(label)
	if l.Class(t.Words) != storage.NotSuggested {
		return text.Places(label, func(s string) int { return t.matching(s, -1) })
	}
	for i := range t.Words {
		if t.hasButFor(l, i) {
			return text.Places(label, func(s string) int { return t.matching(s, i) })
		}
	}
	return [][2]int{}
}

// matching returns how many runes of a spelling match a word of the text. misspelt is the
// index of the word that has a typo, or -1.
func (t *Text) matching(s string, misspelt int) int {
	n, last := 0, len(t.Words)-1
	for i, w := range t.Words {
		switch {
		case i == misspelt:
			n = max(n, Misspelt(w, s, i == last))
		case s == w || i == last && strings.HasPrefix(s, w):
			n = max(n, utf8.RuneCountInString(w))
		}
	}
	return n
}

// Finds reports whether a label has the words of the text, or has all but one, which is a
// typo of a word that it has.
func (t *Text) Finds(label string) bool {
	l := text.LabelWords(label)
	if l.Class(t.Words) != storage.NotSuggested {
		return true
	}
	for i := range t.Words {
		if t.hasButFor(l, i) {
			return true
		}
	}
	return false
}

// hasButFor reports whether a label has the words of the text but for one, which is a typo
// of a word that it has.
func (t *Text) hasButFor(l *storage.LabelWords, misspelt int) bool {
	last := len(t.Words) - 1
	for i, w := range t.Words {
		found := false
		for _, s := range l.Words {
			if found = s == w || i == last && strings.HasPrefix(s, w); i == misspelt {
				found = Misspelt(w, s, i == last) > 0
			}
			if found {
				break
			}
		}
		if !found {
			return false
		}
	}
	return true
}

// Misspelt returns how many runes of another word a word is one typo of, 0 if it is not a
// typo of it: of all of them or, if begins, of some at its beginning. Of several numbers, it
// returns the one nearest to the length of the word. The first letter must be right.
func Misspelt(word, other string, begins bool) int {
	w, o := []rune(word), []rune(other)
	if len(w) < storage.TypoFrom || len(o) == 0 || w[0] != o[0] {
		return 0
	}
	for _, n := range []int{len(w), len(w) + 1, len(w) - 1} {
		if (begins && n <= len(o) || n == len(o)) && spelling.DistanceOfRunes(w, o[:n]) == 1 {
			return n
		}
	}
	return 0
}

package text

import (
	"slices"
	"strings"

	"marquee/storage"
)

const (
	// maxWhole bounds the whole label of storage.LabelWords in bytes: an entry of an index
	// of PostgreSQL has at most 2,704. A text of 100 characters can be longer only by
	// characters that are folded to many.
	maxWhole = 2000
	// maxBegun is the number of characters of a run at which a word may begin.
	maxBegun = 32
)

// LabelWords returns the words by which suggestions find a label.
func (Analysis) LabelWords(label string) *storage.LabelWords { return LabelWords(label) }

// LabelWords returns the words by which suggestions find a label. A script without spaces
// does not show where its words begin, so one may begin at each character.
func LabelWords(label string) *storage.LabelWords {
	words := cut(label, maxLabel)
	l := &storage.LabelWords{}
	var plain, full, other []string
	for i := range words {
		w := &words[i]
		all := w.written()
		l.Words = append(l.Words, all...)
		plain, full = append(plain, all[0]), append(full, shortenWord(w.full))
		if other = append(other, all[0]); w.other != "" {
			other[i] = w.other
		}
	}
	slices.Sort(l.Words)
	l.Words = slices.Compact(l.Words)
	for _, spelling := range [][]string{plain, full, other} {
		if whole := shorten(strings.Join(spelling, " "), maxWhole); whole != "" && !slices.Contains(l.Wholes, whole) {
			l.Wholes = append(l.Wholes, whole)
		}
	}
	return l
}

// written returns the spellings of a word of a label, the usual one first.
func (w *word) written() []string {
	out := append([]string{shortenWord(w.text)}, w.spellings()...)
	if w.part != "" {
		out = append(out, w.part)
	}
	for i := 1; i < min(len(w.clusters), maxBegun); i++ {
		out = append(out, shortenWord(strings.Join(w.clusters[i:], "")))
	}
	return out
}

// TypedWords returns the words of a text that somebody is typing, in the form of
// storage.LabelWords.
func TypedWords(text string) []string {
	var out []string
	for _, w := range cut(text, maxWords) {
		out = append(out, shortenWord(w.text))
	}
	return out
}

package text

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// letter is a rune of a folded text, and the code points of the text that it stands for.
type letter struct {
	r        rune
	from, to int
}

// letters returns the runes of a folded text that words have.
func lettersOf(text string) []letter {
	var out []letter
	for at := 0; text != ""; {
		n := norm.NFKC.NextBoundaryInString(text, true)
		piece := text[:n]
		to := at + utf8.RuneCountInString(piece)
		folded := fold(piece)
		if piece == "&" || piece == "＆" {
			folded = "and"
		}
		for _, r := range folded {
			if !isSeparator(r) {
				out = append(out, letter{r, at, to})
			}
		}
		at, text = to, text[n:]
	}
	return out
}

// Places calls match for every spelling of each word of a label. If match reports that the
// first runes of a spelling match, their place in the label is in the result: half-open
// ranges in code points, in order, not overlapping.
func Places(label string, match func(spelling string) (runes int)) [][2]int {
	out := [][2]int{}
	rest := lettersOf(label)
	for _, w := range cut(label, maxLabel) {
		whole := []rune(w.full) // the other spellings are its ends
		i := indexOf(rest, whole)
		if i < 0 {
			continue
		}
		found := rest[i : i+len(whole)]
		rest = rest[i+len(whole):]
		if place, ok := placeIn(&w, found, match); ok {
			if n := len(out); n > 0 && out[n-1][1] > place[0] { // one character may have two words
				place[0] = out[n-1][0]
				out = out[:n-1]
			}
			out = append(out, place)
		}
	}
	return out
}

// placeIn returns the longest place in a word whose letters are found.
func placeIn(w *word, found []letter, match func(string) int) (place [2]int, ok bool) {
	whole := w.full
	for _, s := range w.written() {
		n := match(s)
		if n == 0 {
			continue
		}
		part := found // of a spelling with other letters
		if before, _, ok := strings.Cut(whole, s); strings.HasSuffix(whole, s) {
			part = found[len(found)-utf8.RuneCountInString(s):][:n]
		} else if ok { // a run that was cut
			part = found[utf8.RuneCountInString(before):][:n]
		}
		if from, to := part[0].from, part[len(part)-1].to; !ok || to-from > place[1]-place[0] {
			place, ok = [2]int{from, to}, true
		}
	}
	return place, ok
}

// indexOf returns the index of the first letters that are a word, -1 if there are none.
func indexOf(letters []letter, word []rune) int {
	for i := 0; i+len(word) <= len(letters); i++ {
		n := 0
		for n < len(word) && letters[i+n].r == word[n] {
			n++
		}
		if n == len(word) && n > 0 {
			return i
		}
	}
	return -1
}

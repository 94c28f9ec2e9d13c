package touch

import (
	"marquee/search/text"
	"math/bits"
	"slices"
	"strings"
)

// typo is a word that may be misspelt. Elasticsearch compares it with the words of
// titles and names, and its stem with the stems of descriptions. PostgreSQL compares it
// with the words of all titles and names, and searches the stems of similar words
// everywhere. So a found word may have another ending than the corrected one.
type typo struct {
	word, stem       []rune
	letters          uint64
	edits, stemEdits int
	// short and all are the costs of taking the ends of the word for endings.
	short, all tails
}

// maxEdits is the most edits that any word may have.
const maxEdits = 2

// forgiven returns the most edits that either engine allows for a word of a length: one
// from four letters, two from seven.
func forgiven(length int) int {
	switch {
	case length < 4:
		return 0
	case length < 7:
		return 1
	}
	return maxEdits
}

// newTypo prepares a word that may have a number of edits.
func newTypo(word []rune, edits int) *typo {
	t := &typo{word: word, stem: []rune(text.Stem(string(word))), letters: letters(string(word)), edits: edits}
	t.stemEdits = forgiven(len(t.stem))
	t.short, t.all = newTails(word, shortEndings), newTails(word, allEndings)
	return t
}

// of reports whether the word may be a typo of the term, or of another form of the
// term. Most terms have too many different letters, which is the cheapest check.
func (t *typo) of(other *term) bool {
	near := func(letters uint64, edits int) bool { return bits.OnesCount64(letters&^t.letters) <= edits }
	if !near(other.stemLetters, t.edits+1) { // the last letter of a stem need not be in the word
		return false
	}
	s := []rune(other.stem)
	switch {
	case t.stemEdits > 0 && within(t.stem, s, t.stemEdits):
		return true
	case other.never:
		return false
	}
	return near(other.letters, t.edits) && within(t.word, []rune(other.word), t.edits) || t.misspells(s)
}

func within(a, b []rune, edits int) bool {
	if max(len(a)-len(b), len(b)-len(a)) > edits {
		return false
	}
	var buffer rows
	return distances(a, b, &buffer)[len(b)] <= edits
}

// misspells reports whether the word may be a typo of any word with the stem.
func (t *typo) misspells(stem []rune) bool {
	for word, irregular := range irregularStems {
		if irregular == string(stem) && within([]rune(word), t.word, t.edits) {
			return true
		}
	}
	if !slices.ContainsFunc(stem, isVowel) {
		return false // it has no ending
	}
	last := len(stem) - 1
	changed := last > 0 && strings.ContainsRune("iely", stem[last]) // of cities, sized, ability, skies
	return t.beginsWith(stem, 0) || changed && t.beginsWith(stem[:last], 1)
}

// beginsWith reports whether the word may be a typo of the stem with endings of at
// least a number of letters.
func (t *typo) beginsWith(stem []rune, ending int) bool {
	if len(stem) > len(t.word)+t.edits {
		return false
	}
	tails := &t.all
	if syllables(stem) < 2 {
		tails = &t.short
	}
	var buffer rows
	for i, edits := range distances(stem, t.word, &buffer) {
		if i == len(t.word) {
			edits += ending
		}
		if edits+tails.edits[i] <= t.edits {
			return true
		}
	}
	last := len(stem) - 1
	for i, edits := range distances(stem[:last], t.word, &buffer) {
		if i+1 < len(t.word) && t.word[i+1] == stem[last] && edits+1+tails.swapped[i+1] <= t.edits {
			return true // the stem's last letter is swapped with the ending's first
		}
	}
	return false
}

// irregularStems are the words that Porter2 lists with a stem of their own.
var irregularStems = map[string]string{
	"skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl", "gently": "gentl", "ugly": "ugli",
	"early": "earli", "only": "onli", "singly": "singl", "sky": "sky", "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos",
	"bias": "bias", "andes": "andes",
}

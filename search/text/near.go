package text

import (
	"cmp"
	"context"
	"math/bits"
	"slices"
	"unicode/utf8"

	"marquee/storage"
	"marquee/storage/spelling"
)

// Vocabulary has the terms and words of the objects of a noun.
type Vocabulary interface {
	// Counts returns how many objects have each of the terms. A term that none has is
	// absent. Words have storage.WordMark, and every object has the empty word.
	Counts(ctx context.Context, n *storage.Noun, terms []string) (map[string]int, error)
	// Words visits the words, without the mark, that begin with a letter and have
	// lengths from min to max in runes, in any order.
	Words(ctx context.Context, n *storage.Noun, first rune, min, max int, visit func(word string, objects int)) error
}

const (
	// rare is the number of objects from which a word is not a typo.
	rare = 5
	// maxNear bounds the words that a word may be a typo of.
	maxNear = 4
	// maxCorrected bounds the words of a query that are corrected.
	maxCorrected = 8
	// misspeltFrom is the length from which a word may be misspelt. Among words of three
	// letters, one different letter makes another word. Two typos are possible from
	// twiceFrom. Longer words than misspeltTo are none.
	misspeltFrom, twiceFrom, misspeltTo = 4, 7, 40
)

// MaxEdits returns how many typos a word may have. Numbers have none: 1999 is not a typo
// of 1990.
func MaxEdits(word string) int {
	switch n := utf8.RuneCountInString(word); {
	case n < misspeltFrom || n > misspeltTo || isNumber(word) || isUnspaced(firstRune(word)):
		return 0
	case n < twiceFrom:
		return 1
	}
	return 2
}

// Speller compares a word that may be misspelt with many others. It does not change.
type Speller struct {
	word    []rune
	letters uint64
	limit   int
}

// NewSpeller returns the speller of a word.
func NewSpeller(word string) *Speller {
	return &Speller{[]rune(word), letters(word), MaxEdits(word)}
}

// letters returns a set of the letters of a word, in which several share a bit.
func letters(word string) uint64 {
	var set uint64
	for _, r := range word {
		set |= 1 << (r & 63)
	}
	return set
}

// Edits returns the number of typos that make the word of another one, 0 if it is not a
// typo of it. The first letter must be right: typos there are rare. An edit changes at
// most two letters of the set, so that most words need no comparison of their letters.
func (s *Speller) Edits(other string) int {
	if s.limit == 0 || len(other) > misspeltTo*utf8.UTFMax || bits.OnesCount64(s.letters^letters(other)) > 2*s.limit {
		return 0
	}
	var space [misspeltTo + 2]rune
	letters := space[:0]
	for _, r := range other {
		if len(letters) == cap(letters) {
			return 0
		}
		letters = append(letters, r)
	}
	length := len(letters) - len(s.word)
	if len(letters) == 0 || letters[0] != s.word[0] || max(length, -length) > s.limit {
		return 0
	}
	if d := spelling.DistanceOfRunes(s.word, letters); d <= s.limit {
		return d
	}
	return 0
}

// Correct finds the words that rare words of the query may be typos of: the nearest, then
// the most frequent first. It sets Expected.
func (q *Query) Correct(ctx context.Context, n *storage.Noun, v Vocabulary) error {
	terms := []string{storage.WordMark}
	for i := range q.Groups {
		terms = append(terms, storage.WordMark+q.Groups[i].Word)
	}
	counts, err := v.Counts(ctx, n, terms)
	if err != nil {
		return err
	}
	all := float64(counts[storage.WordMark])
	if len(q.Phrases) == 0 {
		q.Expected = all
	}
	for i := range q.Groups {
		g := &q.Groups[i]
		q.Expected *= float64(counts[storage.WordMark+g.Word]) / all
		if i >= maxCorrected || counts[storage.WordMark+g.Word] >= rare {
			continue
		}
		if g.Near, err = nearest(ctx, n, v, g.Word); err != nil {
			return err
		}
	}
	return nil
}

// nearest returns the best words that a word may be a typo of.
func nearest(ctx context.Context, n *storage.Noun, v Vocabulary, word string) ([]Near, error) {
	limit := MaxEdits(word)
	if limit == 0 {
		return nil, nil
	}
	var words []Near
	s := NewSpeller(word)
	length := len(s.word)
	if err := v.Words(ctx, n, s.word[0], length-limit, length+limit, func(w string, objects int) {
		if edits := s.Edits(w); edits > 0 {
			words = append(words, Near{Word: w, Edits: edits, Objects: objects})
		}
	}); err != nil {
		return nil, err
	}
	slices.SortFunc(words, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.Edits, b.Edits), cmp.Compare(b.Objects, a.Objects), cmp.Compare(a.Word, b.Word))
	})
	return words[:min(len(words), maxNear)], nil
}

package text

import (
	"cmp"
	"context"
	"slices"
	"unicode/utf8"

	"marquee/storage"
	"marquee/storage/spelling"
)

// Vocabulary has the terms and words of the objects of a noun.
type Vocabulary interface {
	// Counts returns how many objects have each of the terms. A term that none has is
	// absent. Words have storage.WordMark.
	Counts(ctx context.Context, n *storage.Noun, terms []string) (map[string]int, error)
	// Words returns the words, without the mark, that begin with a letter and have
	// lengths from min to max in runes, with their numbers of objects.
	Words(ctx context.Context, n *storage.Noun, first rune, min, max int) (map[string]int, error)
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
	case n < misspeltFrom || n > misspeltTo || IsNumber(word):
		return 0
	case n < twiceFrom:
		return 1
	}
	return 2
}

// Misspells returns the number of typos that make a word of another one, 0 if it is not
// a typo of it. The first letter must be right: typos there are rare.
func Misspells(word, other string) int {
	first, _ := utf8.DecodeRuneInString(word)
	if begin, _ := utf8.DecodeRuneInString(other); first != begin {
		return 0
	}
	limit := MaxEdits(word)
	length := utf8.RuneCountInString(word) - utf8.RuneCountInString(other)
	if limit == 0 || max(length, -length) > limit {
		return 0
	}
	if d := spelling.Distance(word, other); d <= limit {
		return d
	}
	return 0
}

// Correct counts the objects of the groups' stems, and finds the words that rare words
// of the query may be typos of: the nearest, then the most frequent first.
func (q *Query) Correct(ctx context.Context, n *storage.Noun, v Vocabulary) error {
	var terms []string
	for i := range q.Groups {
		terms = append(terms, q.Groups[i].Stem, storage.WordMark+q.Groups[i].Word)
	}
	counts, err := v.Counts(ctx, n, terms)
	if err != nil {
		return err
	}
	for i := range q.Groups {
		g := &q.Groups[i]
		g.Objects = counts[g.Stem]
		limit := MaxEdits(g.Word)
		if i >= maxCorrected || limit == 0 || counts[storage.WordMark+g.Word] >= rare {
			continue
		}
		first, length := firstRune(g.Word), utf8.RuneCountInString(g.Word)
		known, err := v.Words(ctx, n, first, length-limit, length+limit)
		if err != nil {
			return err
		}
		g.Near = nearest(g.Word, known)
	}
	return nil
}

func firstRune(word string) rune {
	r, _ := utf8.DecodeRuneInString(word)
	return r
}

func nearest(word string, known map[string]int) []Near {
	var out []Near
	for w, objects := range known {
		if edits := Misspells(word, w); edits > 0 {
			out = append(out, Near{Word: w, Edits: edits, Objects: objects})
		}
	}
	slices.SortFunc(out, func(a, b Near) int {
		return cmp.Or(cmp.Compare(a.Edits, b.Edits), cmp.Compare(b.Objects, a.Objects), cmp.Compare(a.Word, b.Word))
	})
	return out[:min(len(out), maxNear)]
}

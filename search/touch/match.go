package touch

import (
	"slices"
	"unicode/utf8"

	"marquee/search/text"
	"marquee/storage"
)

// match is a text of kind Match in the form that checks need.
type match struct {
	groups []group
	// phrases are the keys of the terms of all phrases.
	phrases []uint32
	// whole has the key of the flag of whole labels that equal the text.
	whole []uint32
	// enough is the number of groups that an object needs. It is 0 if the text has
	// phrases, of which an object needs all.
	enough int
	// text is the text, for synonyms that change.
	text *text.Query
}

// group is a needed word. terms has the keys of the terms that satisfy it, and runs those
// of each run that does.
type group struct {
	word, first string
	speller     *text.Speller // nil for a word that may have no typos
	terms       []uint32
	runs        [][]uint32
	admits      bool // see text.Query.Admits
}

func newMatch(query string, rules *storage.SynonymRules) *match {
	q := text.ParseWith(query, rules)
	m := &match{enough: q.Enough(), groups: make([]group, len(q.Groups)), text: q}
	for i := range q.Groups {
		word := q.Groups[i].Word
		_, size := utf8.DecodeRuneInString(word)
		m.groups[i] = group{word: word, first: word[:size], terms: keys(q.Groups[i].Terms()), admits: q.Admits(&q.Groups[i])}
		for _, run := range q.Groups[i].Runs {
			m.groups[i].runs = append(m.groups[i].runs, keys(run))
		}
		if text.MaxEdits(word) > 0 {
			m.groups[i].speller = text.NewSpeller(word)
		}
	}
	for _, p := range q.Phrases {
		m.phrases = append(m.phrases, keys(p)...)
	}
	if q.Whole != "" {
		m.whole = keys([]string{q.Whole})
	}
	return m
}

// finds reports whether a search may find a document that satisfies the other
// conditions: strictly or, if it is relaxed, with any of the words that the needed ones
// may be typos of. The terms of a phrase may be at any place.
func (m *match) finds(t *Terms) bool {
	switch {
	case t.hasAny(m.whole):
		return true
	case len(m.phrases) > 0:
		return t.hasAll(m.phrases)
	}
	found, admitted := 0, false
	for i := range m.groups {
		if g := &m.groups[i]; t.hasAny(g.terms) || slices.ContainsFunc(g.runs, t.hasAll) || g.speller != nil && g.nearAny(t.beginning(g.first)) {
			found, admitted = found+1, admitted || g.admits
		}
		if admitted && found >= m.enough {
			return true
		}
	}
	return false
}

// corrects reports whether a change may alter the words that needed ones may be typos
// of. All objects of the noun count for these, whatever the other conditions are. A
// needed word may be a typo while few objects have it, and of its neighbours the most
// frequent ones come first. So a word matters that one of the two documents lacks, if it
// is a needed one or a neighbour of one.
func (m *match) corrects(before, after *Terms) bool {
	for i := range m.groups {
		if g := &m.groups[i]; g.speller != nil && g.nearDifference(before.beginning(g.first), after.beginning(g.first)) {
			return true
		}
	}
	return false
}

// near reports whether another word is the needed word, or the needed word may be a typo
// of it.
func (g *group) near(other string) bool { return other == g.word || g.speller.Edits(other) > 0 }

func (g *group) nearAny(words []string) bool {
	for _, w := range words {
		if g.near(w) {
			return true
		}
	}
	return false
}

// nearDifference reports whether a word that only one of two sorted lists has is near.
func (g *group) nearDifference(a, b []string) bool {
	for len(a) > 0 && len(b) > 0 {
		switch {
		case a[0] == b[0]:
			a, b = a[1:], b[1:]
		case a[0] < b[0]:
			if g.near(a[0]) {
				return true
			}
			a = a[1:]
		default:
			a, b = b, a
		}
	}
	return g.nearAny(a) || g.nearAny(b)
}

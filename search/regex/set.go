package regex

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxWhole bounds a set of all texts that a part matches: enough for the variants of
	// a word with one letter of any kind.
	maxWhole = 64
	// maxWholeBytes bounds its text: repeats expand 256 bytes to 500 runes.
	maxWholeBytes = 4096
	// maxEdge bounds the sets of heads and tails, which are multiplied with each other.
	// It is below the size of a class of letters (26) and above that of digits (10).
	maxEdge = 16
)

// set is distinct canon texts in order.
type set []string

// nothing is the set of an assertion: only the empty text.
var nothing = set{""}

func newSet(texts []string) set {
	slices.Sort(texts)
	return slices.Compact(texts)
}

// cross joins each text of s with each of t.
func (s set) cross(t set) set {
	joined := make([]string, 0, len(s)*len(t))
	for _, a := range s {
		for _, b := range t {
			joined = append(joined, a+b)
		}
	}
	return newSet(joined)
}

// crossBytes returns the size of cross without making it.
func (s set) crossBytes(t set) int { return s.bytes()*len(t) + t.bytes()*len(s) }

func (s set) bytes() int {
	n := 0
	for _, a := range s {
		n += len(a)
	}
	return n
}

// head returns the first n runes of a text, or all of it.
func head(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// mirror reverses the texts, so that their tails become heads, which are neighbours
// in a sorted set.
func (s set) mirror() set {
	texts := make([]string, len(s))
	for i, a := range s {
		runes := []rune(a)
		slices.Reverse(runes)
		texts[i] = string(runes)
	}
	return newSet(texts)
}

// cut shortens the texts at their ends until at most limit distinct ones remain.
// Neighbours that share their first n runes become one at length n, so the length is
// one of these n.
func (s set) cut(limit int) set {
	length := MaxLiteralRunes
	if len(s) > limit {
		shared := make([]int, len(s)-1)
		for i := range shared {
			shared[i] = common(s[i], s[i+1])
		}
		slices.Sort(shared)
		length = min(length, shared[limit-1])
	}
	texts := make([]string, len(s))
	for i, a := range s {
		texts[i] = head(a, length)
	}
	return newSet(texts)
}

// common returns the number of first runes that both texts share.
func common(a, b string) int {
	n := 0
	for i, r := range a {
		if t, _ := utf8.DecodeRuneInString(b[i:]); t != r || i == len(b) {
			break
		}
		n++
	}
	return n
}

// heads returns at most maxEdge texts, so that every text of s begins with one of
// them. None of them begins with another one. exact reports whether they are s.
func (s set) heads() (edge set, exact bool) {
	edge = make(set, 0, maxEdge)
	for _, a := range s.cut(maxEdge) {
		if n := len(edge); n == 0 || !strings.HasPrefix(a, edge[n-1]) {
			edge = append(edge, a)
		}
	}
	return edge, slices.Equal(edge, s)
}

// tails returns at most maxEdge texts, so that every text of s ends with one of them;
// see heads.
func (s set) tails() (edge set, exact bool) {
	edge, exact = s.mirror().heads()
	return edge.mirror(), exact
}

// anyOf returns the condition that a text contains one of s.
func anyOf(s set) Formula {
	usable := make([]string, len(s))
	for i, a := range s {
		if usable[i] = storable(a); len(head(usable[i], gram-1)) == len(usable[i]) {
			return Formula{Op: All} // shorter than an index can look up
		}
	}
	texts := newSet(usable)
	if len(texts) > maxEdge { // prefer few literals to the tightest ones
		parts := conjoin(oneOf(texts.cut(maxEdge)), oneOf(texts.mirror().cut(maxEdge).mirror()))
		if parts.Op != All || len(texts) > MaxLiterals {
			return parts
		}
	}
	return oneOf(texts)
}

// oneOf is anyOf for usable texts of any length.
func oneOf(texts set) Formula {
	literals := make([]Formula, len(texts))
	for i, a := range texts {
		a = head(a, MaxLiteralRunes)
		if utf8.RuneCountInString(a) < gram {
			return Formula{Op: All}
		}
		literals[i] = Formula{Op: Literal, Text: a}
	}
	return disjoin(literals...)
}

// storable returns the longest part of a text that engines can look up. A pattern may
// have \x00, which no stored value contains and PostgreSQL refuses.
func storable(a string) string {
	longest := ""
	for part := range strings.SplitSeq(a, "\x00") {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

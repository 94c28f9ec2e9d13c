package regex

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	// maxWhole bounds a set that is the whole language of a piece: large enough
	// for a letter or two digits' worth of variants beside a word.
	maxWhole = 64
	// maxWholeBytes bounds its text: repeats expand 256 bytes to 500 runes.
	maxWholeBytes = 4096
	// maxEdge bounds the sets of beginnings and ends, which are multiplied with
	// each other: below a letter class (26), above digits (10).
	maxEdge = 16
)

// set holds distinct canon texts in order.
type set []string

// nothing is the language of an assertion: the empty text alone.
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

// crossBytes is the size of cross before it is made.
func (s set) crossBytes(t set) int { return s.bytes()*len(t) + t.bytes()*len(s) }

func (s set) bytes() int {
	n := 0
	for _, a := range s {
		n += len(a)
	}
	return n
}

// head is the first n runes of a text, or all of it.
func head(text string, n int) string {
	for i := range text {
		if n == 0 {
			return text[:i]
		}
		n--
	}
	return text
}

// mirror spells the texts backwards, so that their ends can be treated as
// beginnings, which lie together in a sorted set.
func (s set) mirror() set {
	texts := make([]string, len(s))
	for i, a := range s {
		runes := []rune(a)
		slices.Reverse(runes)
		texts[i] = string(runes)
	}
	return newSet(texts)
}

// cut shortens the texts from behind, just as far as at most limit distinct
// ones remain. Neighbours that share n runes become one at that length, so the
// length is found among what neighbours share.
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

// common is the number of runes with which both texts begin.
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

// heads is what every text of s begins with: at most maxEdge texts, none of
// which says more than another (what begins with ab or abc begins with ab).
// exact tells that nothing was lost.
func (s set) heads() (edge set, exact bool) {
	edge = make(set, 0, maxEdge)
	for _, a := range s.cut(maxEdge) {
		if n := len(edge); n == 0 || !strings.HasPrefix(a, edge[n-1]) {
			edge = append(edge, a)
		}
	}
	return edge, slices.Equal(edge, s)
}

// tails is what every text of s ends with, as heads is for beginnings.
func (s set) tails() (edge set, exact bool) {
	edge, exact = s.mirror().heads()
	return edge.mirror(), exact
}

// anyOf is the condition that a text contains one of s.
func anyOf(s set) Formula {
	usable := make([]string, len(s))
	for i, a := range s {
		if usable[i] = storable(a); len(head(usable[i], gram-1)) == len(usable[i]) {
			return Formula{Op: All} // shorter than an index can look up
		}
	}
	texts := newSet(usable)
	if len(texts) > maxEdge { // better few literals than the tightest ones
		parts := conjoin(oneOf(texts.cut(maxEdge)), oneOf(texts.mirror().cut(maxEdge).mirror()))
		if parts.Op != All || len(texts) > MaxLiterals {
			return parts
		}
	}
	return oneOf(texts)
}

// oneOf is anyOf for texts already made usable, but for their length.
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

// storable is the longest part of a text that engines can be asked for: a
// pattern may say \x00, which no stored value holds and PostgreSQL refuses.
func storable(a string) string {
	longest := ""
	for part := range strings.SplitSeq(a, "\x00") {
		if len(part) > len(longest) {
			longest = part
		}
	}
	return longest
}

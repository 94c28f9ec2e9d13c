package regex

import (
	"strings"
)

// Op is the kind of a Formula.
type Op uint8

// The kinds of formulas. The zero value is All, which is always sound.
const (
	All     Op = iota // every text satisfies it
	None              // no text satisfies it
	Literal           // texts that contain Text
	And               // texts that satisfy each of Of
	Or                // texts that satisfy at least one of Of
)

// MaxLiterals is the largest number of literals in a formula. Each of them is one or
// more clauses in a query to an index.
const MaxLiterals = 64

// MaxLiteralRunes is the length of the longest literal in a formula. A longer one
// would hardly narrow more, but cost an index a lookup for each rune.
const MaxLiteralRunes = 64

// Formula is a condition on canon texts between two edges, made of substrings. And
// and Or have at least two members. Literals have 3 to MaxLiteralRunes runes and no
// NUL. They may contain the operators of another query language (%, _, *, \, "), so
// engines must quote them.
type Formula struct {
	Op   Op
	Text string    // Literal: in the form of Canon
	Of   []Formula // And, Or
}

// Matches reports whether a text in the form of Canon, with its edges, satisfies the
// formula.
func (f Formula) Matches(indexed string) bool {
	switch f.Op {
	case All:
		return true
	case Literal:
		return strings.Contains(indexed, f.Text)
	case And:
		for _, g := range f.Of {
			if !g.Matches(indexed) {
				return false
			}
		}
		return true
	case Or:
		for _, g := range f.Of {
			if g.Matches(indexed) {
				return true
			}
		}
	}
	return false
}

// Literals counts the literals in the formula.
func (f Formula) Literals() int {
	if f.Op == Literal {
		return 1
	}
	n := 0
	for _, g := range f.Of {
		n += g.Literals()
	}
	return n
}

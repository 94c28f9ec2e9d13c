package regex_test

import (
	"regexp/syntax"
	"strings"
	"unicode"
)

// alphabet is small, so that random texts match random patterns, and has many
// exceptions of case: Kelvin, long s, dotted and dotless i, sharp s, final sigma,
// micro and mu, titlecase digraphs, cases outside the BMP, letters without any.
var alphabet = []rune("abckKKsSſiIİıßẞσςΣµμǆǅǄ𐐀𐐨侍_ \n1")

// chooser draws a number from 0 to n-1.
type chooser func(n int) int

// pattern writes a random expression.
func (choose chooser) pattern(depth int) string {
	if depth == 0 {
		return choose.atom()
	}
	sub := func() string { return choose.pattern(depth - 1) }
	switch choose(12) {
	case 0, 1, 2, 3:
		return sub() + sub()
	case 4:
		return sub() + sub() + sub()
	case 5, 6:
		return "(" + sub() + "|" + sub() + ")"
	case 7:
		return "(?:" + sub() + "|" + sub() + "|)"
	case 8:
		return "(?i:" + sub() + ")"
	case 9, 10:
		return "(?:" + sub() + ")" + choose.one("*", "+", "?", "{2}", "{1,3}", "{2,}", "{0,2}", "{3}", "*?", "+?")
	default:
		return choose.atom()
	}
}

func (choose chooser) atom() string {
	switch choose(12) {
	case 0:
		return choose.one("^", "$", `\b`, `\B`, "(?m:^)", "(?m:$)", `\A`, `\z`, "")
	case 1:
		return choose.one(".", "(?s:.)", `\w`, `\d`, `\pL`, `[[:upper:]]`, `\PL`, `\S`, `\x{212A}`, `\x00`, `\x{D800}`)
	case 2:
		return "[" + choose.letter() + choose.letter() + choose.letter() + "]"
	case 3:
		return "[^" + choose.letter() + choose.letter() + "]"
	case 4:
		return "[a-" + choose.one("b", "c", "f", "z", "ſ", "侍") + "]"
	}
	var b strings.Builder
	for range 1 + choose(4) {
		b.WriteString(choose.letter())
	}
	return b.String()
}

func (choose chooser) one(options ...string) string { return options[choose(len(options))] }

func (choose chooser) letter() string { return string(alphabet[choose(len(alphabet))]) }

func (choose chooser) text(limit int) string {
	var b strings.Builder
	for range choose(limit + 1) {
		b.WriteString(choose.letter())
	}
	return b.String()
}

// match writes a text that the tree matches, apart from assertions.
func (choose chooser) match(re *syntax.Regexp) string {
	var b strings.Builder
	times := func(least, most int) {
		for range least + choose(most-least+1) {
			b.WriteString(choose.match(re.Sub[0]))
		}
	}
	switch re.Op {
	case syntax.OpLiteral:
		for _, r := range re.Rune {
			b.WriteRune(choose.fold(r, re.Flags&syntax.FoldCase != 0))
		}
	case syntax.OpCharClass:
		if len(re.Rune) > 0 {
			i := 2 * choose(len(re.Rune)/2)
			b.WriteRune(re.Rune[i] + rune(choose(int(re.Rune[i+1]-re.Rune[i])+1)))
		}
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteString(choose.letter())
	case syntax.OpStar:
		times(0, 3)
	case syntax.OpPlus:
		times(1, 3)
	case syntax.OpQuest:
		times(0, 1)
	case syntax.OpRepeat:
		times(re.Min, max(re.Max, re.Min+1))
	case syntax.OpAlternate:
		b.WriteString(choose.match(re.Sub[choose(len(re.Sub))]))
	default: // captures, concatenations, and assertions, which have no parts
		for _, sub := range re.Sub {
			b.WriteString(choose.match(sub))
		}
	}
	return b.String()
}

// fold draws one of the runes that equal r under (?i).
func (choose chooser) fold(r rune, fold bool) rune {
	if fold {
		for range choose(4) {
			r = unicode.SimpleFold(r)
		}
	}
	return r
}

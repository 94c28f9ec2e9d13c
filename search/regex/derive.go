package regex

import (
	"regexp/syntax"

	"marquee/storage/textform"
)

// facts describe the texts that a part of a pattern matches. Either whole lists all of
// them (isWhole), or each begins with one of heads, ends with one of tails, and any
// text around it satisfies need.
type facts struct {
	isWhole      bool
	whole        set
	heads, tails set
	need         Formula
}

// unknown are the facts of a part that may match any text.
func unknown() facts { return facts{heads: nothing, tails: nothing} }

func exactly(s set) facts { return facts{isWhole: true, whole: s} }

// anchored returns the facts of the matches of a whole pattern, with the edges of
// values or lines that they touch. It ignores anchors elsewhere in the pattern.
func anchored(re *syntax.Regexp) facts {
	switch re.Op {
	case syntax.OpCapture:
		return anchored(re.Sub[0])
	case syntax.OpAlternate:
		return alternatives(re.Sub, anchored)
	}
	f := derive(re)
	if edges := touches(re, false); edges != nil {
		f = exactly(edges).then(f)
	}
	if edges := touches(re, true); edges != nil {
		f = f.then(exactly(edges))
	}
	return f
}

var (
	valueEdges = set{Edge}
	// lineEdges are before or after a line: a line break, or the edge of the value.
	lineEdges = set{"\n", Edge}
)

// touches returns the edges at which each match begins, or ends, nil if there are none.
func touches(re *syntax.Regexp, end bool) set {
	switch re.Op {
	case syntax.OpBeginText, syntax.OpBeginLine:
		return edges(re.Op == syntax.OpBeginText, !end)
	case syntax.OpEndText, syntax.OpEndLine:
		return edges(re.Op == syntax.OpEndText, end)
	case syntax.OpCapture, syntax.OpPlus:
		return touches(re.Sub[0], end)
	case syntax.OpConcat:
		if end {
			return touches(re.Sub[len(re.Sub)-1], end)
		}
		return touches(re.Sub[0], end)
	}
	return nil
}

// edges returns the edges of an anchor, nil if it is at the other end of the match.
func edges(ofValue, here bool) set {
	switch {
	case !here:
		return nil
	case ofValue:
		return valueEdges
	}
	return lineEdges
}

// derive returns the facts of a simplified tree, in which counted repeats are expanded.
func derive(re *syntax.Regexp) facts {
	switch re.Op {
	case syntax.OpNoMatch:
		return exactly(nil)
	case syntax.OpEmptyMatch, syntax.OpBeginLine, syntax.OpEndLine, syntax.OpBeginText, syntax.OpEndText,
		syntax.OpWordBoundary, syntax.OpNoWordBoundary:
		return exactly(nothing)
	case syntax.OpLiteral:
		return exactly(set{literalForm(string(re.Rune))})
	case syntax.OpCharClass:
		return class(re.Rune)
	case syntax.OpCapture:
		return derive(re.Sub[0])
	case syntax.OpConcat:
		all := exactly(nothing)
		for _, sub := range re.Sub {
			all = all.then(derive(sub))
		}
		return all
	case syntax.OpAlternate:
		return alternatives(re.Sub, derive)
	case syntax.OpQuest:
		return either(derive(re.Sub[0]), exactly(nothing))
	case syntax.OpPlus:
		return derive(re.Sub[0]).repeated()
	case syntax.OpStar:
		return either(derive(re.Sub[0]).repeated(), exactly(nothing))
	}
	return unknown() // any character, and operators that a later version of the syntax adds
}

// class returns the facts of a character class: its runes after Canon, unless there
// are too many.
func class(ranges []rune) facts {
	seen := make(map[rune]bool)
	for i := 0; i+1 < len(ranges); i += 2 {
		for r := ranges[i]; r <= ranges[i+1]; r++ {
			if seen[textform.CanonRune(r)] = true; len(seen) > maxWhole {
				return unknown()
			}
		}
	}
	texts := make([]string, 0, len(seen))
	for r := range seen {
		texts = append(texts, literalForm(string(r)))
	}
	return exactly(newSet(texts))
}

// formula returns the formula that any text around a match satisfies.
func (f facts) formula() Formula {
	if f.isWhole {
		return anyOf(f.whole)
	}
	return conjoin(f.need, anyOf(f.heads), anyOf(f.tails))
}

// loose replaces the list of all texts by heads and tails. If they are less exact, the
// list becomes a need.
func (f facts) loose() facts {
	if !f.isWhole {
		return f
	}
	heads, _ := f.whole.heads()
	tails, exact := f.whole.tails()
	loose := facts{heads: heads, tails: tails}
	if !exact {
		loose.need = anyOf(f.whole)
	}
	return loose
}

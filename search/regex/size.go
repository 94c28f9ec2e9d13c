package regex

import "regexp/syntax"

// unbounded is the reach of a pattern that may look at the whole value.
const unbounded = -1

// estimate counts the instructions of a tree before its repeats are expanded. It may
// exceed the compiler's count, which drops repeats of nothing. So it serves to refuse
// only sizes far over the limit.
func estimate(re *syntax.Regexp) int {
	n := 0
	for _, sub := range re.Sub {
		n += estimate(sub)
	}
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCapture:
		return n + 2
	case syntax.OpAlternate:
		return n + len(re.Sub) - 1
	case syntax.OpConcat:
		return n
	case syntax.OpRepeat:
		return n*re.Min + (n+1)*max(re.Max-re.Min, 0)
	default:
		return n + 1
	}
}

// reach returns the number of runes after which a run from the start of the text has
// ended. Only a pattern that is anchored to the start has one: any other is tried
// again at each rune.
func reach(simple *syntax.Regexp, prog *syntax.Prog) int {
	if prog.StartCond()&syntax.EmptyBeginText == 0 {
		return unbounded
	}
	return width(simple)
}

// width returns the length in runes of the longest match, or unbounded.
func width(re *syntax.Regexp) int {
	switch re.Op {
	case syntax.OpLiteral:
		return len(re.Rune)
	case syntax.OpCharClass, syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return 1
	case syntax.OpStar, syntax.OpPlus, syntax.OpRepeat:
		return unbounded
	}
	total := 0
	for _, sub := range re.Sub {
		w := width(sub)
		switch {
		case w == unbounded:
			return unbounded
		case re.Op == syntax.OpAlternate:
			total = max(total, w)
		default:
			total += w
		}
	}
	return total
}

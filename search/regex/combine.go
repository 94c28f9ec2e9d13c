package regex

import (
	"cmp"
	"slices"
	"strings"
	"unicode/utf8"
)

// conjoin returns the conjunction, without members that another one implies, and
// widened to MaxLiterals.
func conjoin(fs ...Formula) Formula {
	return combine(And, All, None, fs)
}

// disjoin returns the disjunction, without members that imply another one, and
// widened to MaxLiterals.
func disjoin(fs ...Formula) Formula {
	return combine(Or, None, All, fs)
}

// combine joins formulas by op. It drops neutral members; a dominant member is the
// result.
func combine(op, neutral, dominant Op, fs []Formula) Formula {
	var members []Formula
	for _, f := range fs {
		switch f.Op {
		case neutral:
		case dominant:
			return f
		case op:
			members = append(members, f.Of...)
		default:
			members = append(members, f)
		}
	}
	members = absorb(op, members)
	switch len(members) {
	case 0:
		return Formula{Op: neutral}
	case 1:
		return members[0]
	}
	return widen(Formula{Op: op, Of: members}, MaxLiterals)
}

// absorb drops the members that add nothing: in a conjunction those that another one
// implies, in a disjunction those that imply another one.
func absorb(op Op, members []Formula) []Formula {
	kept := members[:0:0]
	for _, f := range members {
		redundant := func(g Formula) bool {
			if op == And {
				return implies(g, f)
			}
			return implies(f, g)
		}
		if slices.ContainsFunc(kept, redundant) {
			continue
		}
		kept = slices.DeleteFunc(kept, func(g Formula) bool {
			if op == And {
				return implies(f, g)
			}
			return implies(g, f)
		})
		kept = append(kept, f)
	}
	return kept
}

// implies reports whether the formulas' structure shows that every text that satisfies
// f satisfies g. False proves nothing.
func implies(f, g Formula) bool {
	each := func(part Formula) bool { return implies(part, g) }
	whole := func(part Formula) bool { return implies(f, part) }
	switch {
	case f.Op == Literal && g.Op == Literal:
		return strings.Contains(f.Text, g.Text)
	case f.Op == Or:
		return !slices.ContainsFunc(f.Of, func(p Formula) bool { return !each(p) })
	case g.Op == And:
		return !slices.ContainsFunc(g.Of, func(p Formula) bool { return !whole(p) })
	case f.Op == And && slices.ContainsFunc(f.Of, each):
		return true
	case g.Op == Or:
		return slices.ContainsFunc(g.Of, whole)
	}
	return false
}

// widen returns a formula that f implies, with at most limit literals.
func widen(f Formula, limit int) Formula {
	switch {
	case f.Literals() <= limit:
		return f
	case limit == 0 || f.Op == Literal:
		return Formula{Op: All}
	case f.Op == And:
		return widenAnd(f, limit)
	}
	return widenOr(f, limit)
}

// widenAnd chooses the members that narrow most for their size.
func widenAnd(f Formula, limit int) Formula {
	members := slices.Clone(f.Of)
	slices.SortStableFunc(members, func(a, b Formula) int {
		return cmp.Or(cmp.Compare(a.Literals(), b.Literals()), cmp.Compare(shortest(b), shortest(a)))
	})
	kept := members[:0:0]
	for _, g := range members {
		if g = widen(g, limit); g.Op != All {
			kept = append(kept, g)
			limit -= g.Literals()
		}
	}
	return conjoin(kept...)
}

// widenOr divides the limit among the members: it may drop none of them.
func widenOr(f Formula, limit int) Formula {
	members := slices.Clone(f.Of)
	slices.SortStableFunc(members, func(a, b Formula) int { return cmp.Compare(a.Literals(), b.Literals()) })
	for i, g := range members {
		members[i] = widen(g, limit/(len(members)-i))
		limit -= members[i].Literals()
	}
	return disjoin(members...)
}

// shortest returns the length of the shortest literal, in runes.
func shortest(f Formula) int {
	if f.Op == Literal {
		return utf8.RuneCountInString(f.Text)
	}
	least := MaxLiteralRunes
	for _, g := range f.Of {
		least = min(least, shortest(g))
	}
	return least
}

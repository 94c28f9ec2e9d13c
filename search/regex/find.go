package regex

import (
	"slices"
	"unicode/utf8"
)

// firstMatches is the number of matches that FindAll looks for first, and moreMatches the
// factor by which it looks for more.
const firstMatches, moreMatches = 64, 4

// FindAll returns the places in bytes of all matches in a value in NFC that are not empty,
// as Go's regexp finds them. It takes the cost off the budget: the search for each match may
// read the rest of the value again, which Go's regexp would do without a bound.
func (r *Regex) FindAll(value string, budget *Budget) ([][]int, error) {
	if r.required.Op != All && !r.required.Matches(indexed(value)) {
		return nil, nil
	}
	runes := utf8.RuneCountInString(value)
	for n := firstMatches; ; n *= moreMatches {
		found := r.compiled.FindAllStringIndex(value, n)
		if err := budget.Spend(r.costOf(len(found), runes)); err != nil {
			return nil, err
		}
		if len(found) < n {
			return slices.DeleteFunc(found, func(at []int) bool { return at[0] == at[1] }), nil
		}
	}
}

// costOf returns the most work that finding some matches in a value can cause.
func (r *Regex) costOf(matches, runes int) int64 {
	if r.width == unbounded {
		return int64(matches+1) * r.Cost(runes)
	}
	cost := r.Cost(runes) // every rune is read once, and the runes of a match twice
	if !r.literal {
		cost += int64(matches) * int64(r.instructions) * int64(r.width+1)
	}
	return cost
}

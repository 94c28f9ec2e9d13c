package regex

import (
	"errors"
	"sync/atomic"
	"unicode/utf8"
)

// DefaultBudget is what one search may spend on verifying values, in cost units
// (instructions × runes). A unit took 4 to 8 ns in most patterns measured on one
// core and 16 ns in the worst ([a\pL]{200}\x01 on 2,000 letters), so this is
// about one second, three at worst. A scan for \d\d may read 40 million runes
// (some 60,000 films with 600 runes of text), (.{1,50}){1,4}\x01 half a million.
const DefaultBudget = 200_000_000

// ErrBudget says that a search would have to look at more text than one request
// may. The answer is a refusal, never a part of the result.
var ErrBudget = errors.New("the expression would scan too much text; add a longer literal, such as a word of the title")

// Cost is the most work that one value can cause, in units of one instruction
// looking at one rune. It depends on nothing but the pattern and the length, so
// the same search is refused on a slow machine and on a fast one alike.
func (r *Regex) Cost(valueRunes int) int64 {
	switch {
	case r.reach != unbounded:
		valueRunes = min(valueRunes, r.reach)
	case r.literal: // substring search: the program runs only where it has found one
		return int64(valueRunes) + 1
	}
	return int64(r.instructions) * (int64(valueRunes) + 1)
}

// Budget is the work that is left to one search. It may be shared by goroutines:
// whether it runs out does not depend on their order.
type Budget struct{ left atomic.Int64 }

// NewBudget returns a budget of so many cost units.
func NewBudget(units int64) *Budget {
	b := new(Budget)
	b.left.Store(units)
	return b
}

// Spend takes units off the budget. It returns ErrBudget if they were not left,
// and from then on.
func (b *Budget) Spend(units int64) error {
	if b.left.Add(-units) < 0 {
		return ErrBudget
	}
	return nil
}

// Left is the number of units not yet spent, at least zero.
func (b *Budget) Left() int64 { return max(b.left.Load(), 0) }

// Verify reports whether a candidate matches, and pays for finding out. A value
// that cannot satisfy Required is free: what an index returned too much then
// costs nothing, and two engines with different indexes refuse the same searches.
func (r *Regex) Verify(value string, budget *Budget) (bool, error) {
	if r.required.Op != All && !r.required.Matches(indexed(value)) {
		return false, nil
	}
	if err := budget.Spend(r.Cost(utf8.RuneCountInString(value))); err != nil {
		return false, err
	}
	return r.MatchString(value), nil
}

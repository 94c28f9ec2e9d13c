package regex

import (
	"errors"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// DefaultBudget is what one search may spend on verifying values, in cost units
// (instructions × runes). A unit took 4 to 8 ns for most patterns on one core, and
// 16 ns for the worst ([a\pL]{200}\x01 on 2,000 letters). So the budget lasts about
// one second, three at worst. On 36,000 films with 350 runes of text, f.lm spends 69
// million, \b[A-Z]{4}\b 107 million, and [\d\pL]{200}\x01 would spend 2,700 million.
const DefaultBudget = 200_000_000

// ErrBudget is a search that would have to read more text than one request may. Such
// a search is refused; it never returns a part of the result.
var ErrBudget = errors.New("the expression would scan too much text; add a longer literal, such as a word of the title")

// Cost returns the most work that one value can cause. A unit is one instruction that
// reads one rune. It depends only on the pattern and the length, so a slow machine
// refuses the same searches as a fast one.
func (r *Regex) Cost(valueRunes int) int64 {
	switch {
	case r.reach != unbounded:
		valueRunes = min(valueRunes, r.reach)
	case r.literal: // the program runs only where a substring search has found the literal
		return int64(valueRunes) + 1
	}
	return int64(r.instructions) * (int64(valueRunes) + 1)
}

// Budget is the work that one search may still do. Goroutines may share it: whether
// it runs out does not depend on their order.
type Budget struct{ left atomic.Int64 }

// NewBudget returns a budget of a number of cost units.
func NewBudget(units int64) *Budget {
	b := new(Budget)
	b.left.Store(units)
	return b
}

// Spend takes units off the budget. Once there are too few, it returns ErrBudget, and
// so does every later call.
func (b *Budget) Spend(units int64) error {
	if b.left.Add(-units) < 0 {
		return ErrBudget
	}
	return nil
}

// Verify reports whether a candidate matches, and takes the cost off the budget. A
// value that does not satisfy Required is free. So candidates that an index returned
// too many cost nothing, and engines with different indexes refuse the same searches.
func (r *Regex) Verify(value string, budget *Budget) (bool, error) {
	value = norm.NFC.String(value)
	if r.required.Op != All && !r.required.Matches(indexed(value)) {
		return false, nil
	}
	if err := budget.Spend(r.Cost(utf8.RuneCountInString(value))); err != nil {
		return false, err
	}
	return r.compiled.MatchString(value), nil
}

package search

import (
	"fmt"
	"math"

	"golang.org/x/text/unicode/norm"

	"marquee/search/regex"
	"marquee/storage"
	"marquee/storage/textform"
)

// maxQuery bounds the text of a search, in characters after NFC.
const maxQuery = 200

// Kinds are the ways to search, the default first.
var Kinds = []storage.TextKind{storage.Match, storage.Exact, storage.Regex}

// NewText makes the condition of a client's text. An error says what is wrong with the
// text, in words for the client.
func NewText(kind storage.TextKind, q string) (*storage.TextQuery, error) {
	text := &storage.TextQuery{Kind: kind, Query: norm.NFC.String(q)}
	if n := len([]rune(text.Query)); n > maxQuery {
		return nil, fmt.Errorf("must be a text of 1 to %d characters, it has %d", maxQuery, n)
	}
	switch kind {
	case storage.Exact:
		text.Bounded = equal(q)
	case storage.Regex:
		text.Query = q // an expression is not normalized
		expression, err := regex.Parse(q)
		if err != nil {
			return nil, err
		}
		text.Bounded = matching(expression)
	default:
		return text, nil
	}
	text.Accepts = text.Bounded(math.MaxInt64)
	return text, nil
}

// equal accepts values that equal the text after folding, which costs a unit for each
// byte.
func equal(text string) func(units int64) func(string) bool {
	folded := textform.Fold(text)
	return func(units int64) func(string) bool {
		budget := regex.NewBudget(units)
		return func(value string) bool {
			return budget.Spend(int64(len(value))) != nil || textform.Fold(value) == folded
		}
	}
}

// matching accepts values that match the expression.
func matching(expression *regex.Regex) func(units int64) func(string) bool {
	return func(units int64) func(string) bool {
		budget := regex.NewBudget(units)
		return func(value string) bool {
			ok, err := expression.Verify(value, budget)
			return ok || err != nil
		}
	}
}

package search

import (
	"fmt"

	"golang.org/x/text/unicode/norm"

	"marquee/search/regex"
	"marquee/storage"
)

// MaxQuery bounds a text to search for, in characters after NFC.
const MaxQuery = 200

// Kinds are the ways to search, the default first.
var Kinds = []storage.TextKind{storage.Match, storage.Exact, storage.Regex}

// NewText makes the condition that a client's text stands for. An error says
// what is wrong with the text, in words for the client.
func NewText(kind storage.TextKind, q string) (*storage.TextQuery, error) {
	text := &storage.TextQuery{Kind: kind, Query: norm.NFC.String(q)}
	if n := len([]rune(text.Query)); n > MaxQuery {
		return nil, fmt.Errorf("must be a text of 1 to %d characters, it has %d", MaxQuery, n)
	}
	switch kind {
	case storage.Exact:
		folded := storage.Fold(q)
		text.Accepts = func(value string) bool { return storage.Fold(value) == folded }
	case storage.Regex:
		text.Query = q // an expression is taken as it was written
		expression, err := regex.Parse(q)
		if err != nil {
			return nil, err
		}
		text.Accepts = expression.MatchString
	}
	return text, nil
}

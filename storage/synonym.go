package storage

import (
	"context"
	"math"
)

// Synonyms are the synonyms of a catalogue in the memory of a process. search/synonym has
// them.
type Synonyms interface {
	// Current returns the present rules, and a version of the catalogue that they show at
	// least. It does not wait.
	Current() (rules *SynonymRules, version int64)
	// Reach returns rules that show a version, and this process's own last write. It waits
	// a short time for them. An error has the code Unavailable.
	Reach(ctx context.Context, version int64) (rules *SynonymRules, reached int64, err error)
}

// SynonymRules say what searches by words take for each other. They do not change. Nil has
// no rules.
type SynonymRules struct {
	// ByFirst has the rules by the first term of their text.
	ByFirst map[string][]SynonymRule
}

// SynonymRule is one text of a synonym: a query that holds it also finds objects that have
// another text of the synonym.
type SynonymRule struct {
	// Texts are the terms of the texts of a synonym, none twice. Text is the index of the
	// text that a query has to hold.
	Texts [][]string
	Text  int
}

// Rules returns the synonyms for a search by words that has to show a version, and a
// version of the catalogue that they show at least: no rules, and the highest version, for
// a text without Synonyms.
func (t *TextQuery) Rules(ctx context.Context, atLeast int64) (*SynonymRules, int64, error) {
	if t.Synonyms == nil {
		return nil, math.MaxInt64, nil
	}
	return t.Synonyms.Reach(ctx, atLeast)
}

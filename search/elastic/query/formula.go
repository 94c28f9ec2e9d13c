package query

import (
	"unicode/utf8"

	"marquee/search/regex"
)

// maxGrams bounds the trigrams of a formula. It is below the number of clauses that
// Elasticsearch accepts on its smallest heap (1,024).
const maxGrams = 512

// Formula appends the clause of a formula over canon texts.
func (j JSON) Formula(f regex.Formula) JSON { return j.formula(f, maxGrams/f.Literals()) }

// formula makes a literal a phrase of trigrams. Of 36,000 films, thousands have all
// trigrams of "wars", and hundreds have the word. The literals may be in different
// values of an object, so the clause selects too much, never too little.
func (j JSON) formula(f regex.Formula, grams int) JSON {
	if f.Op == regex.Literal {
		return j.Open(`{"match_phrase":{"grams":`).Text(beginning(f.Text, grams+2)).Close("}}")
	}
	if f.Op == regex.And {
		j = j.Open(`{"bool":{"filter":[`)
	} else {
		j = j.Open(`{"bool":{"should":[`)
	}
	for _, g := range f.Of {
		j = j.formula(g, grams)
	}
	return j.Close("]}}")
}

// beginning returns at most the first n runes of a text.
func beginning(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}

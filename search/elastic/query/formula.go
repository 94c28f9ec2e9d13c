package query

import (
	"marquee/search/regex"
	"unicode/utf8"
)

// maxGrams bounds the trigrams of a formula. It is below the number of clauses that
// Elasticsearch accepts on its smallest heap (1,024).
const maxGrams = 512

// Formula makes the clause of a formula over canon texts.
func Formula(f regex.Formula) Object { return formula(f, maxGrams/f.Literals()) }

// formula makes a literal a phrase of trigrams. Of 36,000 films, thousands have all
// trigrams of "wars", and hundreds have the word. The literals may be in different
// values of an object, so the clause selects too much, never too little.
func formula(f regex.Formula, grams int) Object {
	if f.Op == regex.Literal {
		return Object{"match_phrase": Object{"grams": beginning(f.Text, grams+2)}}
	}
	of := make([]Object, len(f.Of))
	for i, g := range f.Of {
		of[i] = formula(g, grams)
	}
	if f.Op == regex.And {
		return Object{"bool": Object{"filter": of}}
	}
	return Object{"bool": Object{"should": of, "minimum_should_match": 1}}
}

// beginning returns at most the first n runes of a text.
func beginning(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	return string([]rune(text)[:n])
}

package query

import (
	"unicode/utf8"

	"marquee/search/regex"
)

// maxGrams bounds the trigrams of a formula. It is below the number of clauses that
// Elasticsearch accepts on its smallest heap (1,024).
const maxGrams = 512

// Plain appends the clause that a value contains a text, with its anchors. It is exact.
// It reports whether there is one: not for fewer than three characters, anchors included.
func (j JSON) Plain(p *regex.Plain) (JSON, bool) {
	needle := p.Needle()
	if utf8.RuneCountInString(needle) < 3 {
		return j, false
	}
	if p.Fold {
		return j.gramPhrase("grams", needle), true
	}
	return j.gramPhrase("cased", needle), true
}

func (j JSON) gramPhrase(field, text string) JSON {
	return j.Open(`{"match_phrase":{"`, field, `":`).Text(Grams(text)).Close("}}")
}

// Formula appends the clause of a formula over canon texts.
func (j JSON) Formula(f regex.Formula) JSON { return j.formula(f, maxGrams/f.Literals()) }

// formula makes a literal a phrase of trigrams. Of 36,000 films, thousands have all
// trigrams of "wars", and hundreds have the word. The literals may be in different
// values of an object, so the clause selects too much, never too little.
func (j JSON) formula(f regex.Formula, grams int) JSON {
	if f.Op == regex.Literal {
		return j.gramPhrase("grams", beginning(f.Text, grams+2))
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

package postgres

import (
	"fmt"
	"strings"

	"marquee/storage"
	"marquee/storage/postgres/schema"
)

// The weights of the parts of an order. Each exceeds the sum of all weaker ones.
const (
	sameTitle  = 1000 // added to wholeTitle for the same accents and numerals
	wholeTitle = 1000
	allWords   = 100
	meantTitle = 10
)

// Weights of the fields, in ts_rank's order: genres, description, persons, title.
const (
	fieldWeights = "'{0.8,0.3,0.7,1.0}'"
	titleWeights = "'{0,0,0,1}'"
	// typing is the share of its weight that a word with a typo has.
	typing = 0.5
	// coverage is the weight of a title that is not longer than the text.
	coverage = 0.7
	// together is the weight of two neighbours in the text that are neighbours in a
	// title or a name.
	together = 0.5
	// helping is the weight of a common word in a title.
	helping = 0.08
	// popularity is the highest weight of ratings and views.
	popularity = 0.06
)

// rank writes the order of a match: a whole number, lowest first.
func (t *wanted) rank(n *storage.Noun, relaxed bool, arg func(any) string) string {
	parts := []string{fmt.Sprintf("(%s)::int * (%d + (t.digests && %s::bigint[])::int * %d)", t.whole(arg), wholeTitle, arg(t.sameTitles), sameTitle)}
	if relaxed {
		parts = append(parts, fmt.Sprintf("(%s)::int * %d", t.words(arg), allWords),
			fmt.Sprintf("(t.digests && %s::bigint[])::int * %d", arg(t.meantTitles), meantTitle))
	}
	parts = append(parts, t.closeness(arg)...)
	if n.Field("views") != nil {
		parts = append(parts, fmt.Sprintf("%g * (coalesce(t.imdb_rating, 5) / 20 + 0.5 * (1 - 1 / (1 + ln(1 + %s + %s))))", popularity,
			schema.CounterOf(n, "views"), schema.CounterOf(n, "likes")))
	}
	return "-1000000 * (" + strings.Join(parts, " + ") + ")"
}

// closeness writes how well the fields match the text, from 0 to about 3.
func (t *wanted) closeness(arg func(any) string) []string {
	var parts []string
	known := t.known()
	sum := 0.0
	for _, u := range known {
		sum += u.weight()
	}
	for _, u := range known {
		query, share := u.query(arg, ""), u.weight()/sum
		fit := "ts_rank(" + fieldWeights + ", t.old_terms, " + query + ")"
		title := "ts_rank(" + titleWeights + ", t.old_terms, " + query + ")"
		if len(u.near) > 0 {
			meant := u.nearQuery(arg)
			fit = fmt.Sprintf("greatest(%s, %g * ts_rank(%s, t.old_terms, %s))", fit, typing, fieldWeights, meant)
			title = fmt.Sprintf("greatest(%s, %g * ts_rank(%s, t.old_terms, %s))", title, typing, titleWeights, meant)
		}
		parts = append(parts, fmt.Sprintf("%g * (%s + %g * %s / %s)", share, fit, coverage, title, t.excess()))
	}
	pairs := t.pairs[:min(len(t.pairs), maxRanked)]
	for _, p := range pairs {
		query := "to_tsquery('marquee_title', " + arg("("+quote("AB", t.meant(p[0])...)+") <-> ("+quote("AB", t.meant(p[1])...)+")") + ")"
		parts = append(parts, fmt.Sprintf("%g * (t.old_terms @@ %s)::int", together/float64(len(pairs)), query))
	}
	for i := range t.helpful[:min(len(t.helpful), maxRanked)] {
		parts = append(parts, fmt.Sprintf("%g * ts_rank(%s, t.old_terms, %s)", helping, titleWeights, t.helpful[i].query(arg, "A")))
	}
	return parts
}

// meant returns a word and the words that it may be a typo of.
func (t *wanted) meant(word string) []string {
	words := []string{word}
	for i := range t.needed {
		if u := &t.needed[i]; len(u.words) == 1 && u.words[0] == word {
			words = append(words, u.near...)
		}
	}
	return words
}

// excess writes the length of the title divided by the length of the text, at least 1.
func (t *wanted) excess() string {
	return fmt.Sprintf("greatest(1, cardinality(string_to_array(t.words[1], ' '))::float8 / %d)", max(len(t.needed)+len(t.helpful), 1))
}

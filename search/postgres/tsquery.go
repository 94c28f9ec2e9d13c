package postgres

import (
	"maps"
	"slices"
	"strings"

	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/postgres/listing"
)

// A tsquery is literal: the rows have the terms of search/text, and no configuration of
// PostgreSQL changes them. "" matches nothing.
type tsquery string

var quotes = strings.NewReplacer(`'`, `''`, `\`, `\\`)

// lexeme is the tsquery of a term. weights are the letters of the weights that count; ""
// are all. The term "" matches nothing.
func lexeme(term, weights string) tsquery {
	if term == "" {
		return ""
	}
	q := "'" + quotes.Replace(term) + "'"
	if weights != "" {
		q += ":" + weights
	}
	return tsquery(q)
}

// join joins queries that are not empty with an operator.
func join(operator string, queries ...tsquery) tsquery {
	var parts []string
	for _, q := range queries {
		if q != "" {
			parts = append(parts, string(q))
		}
	}
	if len(parts) < 2 {
		return tsquery(strings.Join(parts, ""))
	}
	return tsquery("(" + strings.Join(parts, " "+operator+" ") + ")")
}

// anyOf is satisfied by any of the terms, each with a prefix.
func anyOf(prefix string, terms ...string) tsquery {
	queries := make([]tsquery, len(terms))
	for i, term := range terms {
		queries[i] = lexeme(prefix+term, "")
	}
	return join("|", queries...)
}

// run is satisfied by terms that follow each other in one value.
func run(terms []string, weights string) tsquery {
	queries := make([]tsquery, len(terms))
	for i, term := range terms {
		queries[i] = lexeme(term, weights)
	}
	return join("<->", queries...)
}

// in writes the condition that the row t satisfies the query.
func (q tsquery) in(arg func(any) string) string {
	if q == "" {
		return "false"
	}
	return "t.terms @@ " + arg(string(q)) + "::tsquery"
}

// maxCombinations bounds the length of atLeast. Few queries have more than 12 words.
const maxCombinations = 300

// atLeast is satisfied by rows that satisfy k of the queries. It has about as many terms
// as there are combinations of k.
func atLeast(k int, queries []tsquery) tsquery {
	switch {
	case k > len(queries):
		return ""
	case k < 2:
		return join("|", queries...)
	}
	var all []tsquery
	for i := range len(queries) - k + 1 {
		all = append(all, join("&", queries[i], atLeast(k-1, queries[i+1:])))
	}
	return join("|", all...)
}

// enough writes the condition that a row satisfies k of the queries and one of those that
// admit, which are some of them, or other. The queries are sorted by their numbers of
// objects. If there are too many combinations, the index finds rows by two: one with k of
// n queries has two of the first n-k+2.
func enough(k int, queries, admit []tsquery, other tsquery) listing.Clause {
	some := join("|", admit...)
	switch {
	case k == 1:
		return join("|", other, some).in
	case len(admit) == len(queries):
		some = ""
	}
	if combinations(len(queries), k) <= maxCombinations {
		return join("|", other, join("&", some, atLeast(k, queries))).in
	}
	found := join("|", other, atLeast(2, queries[:len(queries)-k+2]))
	return func(arg func(any) string) string {
		counts := make([]string, len(queries))
		for i, q := range queries {
			counts[i] = "(" + q.in(arg) + ")::int"
		}
		most := strings.Join(counts, " + ") + " >= " + arg(k) + "::int"
		if some != "" {
			most += " AND " + some.in(arg)
		}
		return found.in(arg) + " AND (" + other.in(arg) + " OR " + most + ")"
	}
}

// combinations returns in how many ways k of n things can be chosen.
func combinations(n, k int) int {
	ways := 1
	for i := range k {
		ways = ways * (n - i) / (i + 1)
	}
	return ways
}

// having is satisfied by objects that have a group.
func having(g *text.Group) tsquery { return join("|", anyOf("", g.Terms()...), runs(g)) }

// runs is satisfied by objects that have an alternative of several terms.
func runs(g *text.Group) tsquery {
	all := make([]tsquery, len(g.Runs))
	for i, r := range g.Runs {
		all[i] = run(r, "")
	}
	return join("|", all...)
}

// meaning is satisfied by objects that have a group, perhaps misspelt.
func meaning(g *text.Group) tsquery {
	near := make([]string, len(g.Near))
	for i, n := range g.Near {
		near[i] = n.Word
	}
	return join("|", having(g), anyOf(storage.WordMark, near...))
}

// phrases is satisfied by objects that have all phrases.
func phrases(q *text.Query) tsquery {
	var all []tsquery
	for _, p := range q.Phrases {
		all = append(all, run(p, ""))
	}
	return join("&", all...)
}

// strict is satisfied by objects that have all groups and phrases.
func strict(q *text.Query) tsquery {
	all := []tsquery{phrases(q)}
	for i := range q.Groups {
		all = append(all, having(&q.Groups[i]))
	}
	return join("&", all...)
}

// literal is strict without the alternatives of synonyms.
func literal(q *text.Query) tsquery {
	all := []tsquery{phrases(q)}
	for i := range q.Groups {
		all = append(all, anyOf("", q.Groups[i].Literal()...))
	}
	return join("&", all...)
}

// flags are the flags of whole labels, from the strongest.
func flags(q *text.Query) []string {
	all := []string{q.Whole, q.Same, q.Loose, q.Head}
	for _, n := range slices.Sorted(maps.Keys(q.Within)) {
		all = append(all, q.Within[n]...)
	}
	return slices.DeleteFunc(all, func(f string) bool { return f == "" })
}

package query

import (
	"maps"
	"slices"

	"marquee/search/text"
	"marquee/storage"
)

// bonuses appends the clauses that rank an object above others with the same words.
func (m *Match) bonuses(j JSON) JSON {
	if m.HasAlternatives() {
		j = constant(j, literalTier, m.literal)
	}
	j = m.flag(j, sameTier, m.Same)
	j = m.flag(j, looseBoost, m.Loose)
	j = m.flag(j, headBoost, m.Head)
	for _, n := range slices.Sorted(maps.Keys(m.Within)) {
		j = m.flag(j, withinBoost*n, m.Within[n]...)
	}
	for _, p := range m.Pairs {
		j = m.flag(j, pairBoost, Link(p[0], p[1]))
	}
	for i := range m.Groups {
		j = m.words(j, &m.Groups[i])
	}
	for i := range m.Optional {
		j = j.scored(m.field("title"), m.Optional[i].Stem, optionBoost)
	}
	return j
}

// Link is the mark of two terms that are neighbours.
func Link(a, b string) string { return a + "_" + b }

// words scores a word by its rarity and by where it stands.
func (m *Match) words(j JSON, g *text.Group) JSON {
	share, kind := 1.0, kindBoost
	if m.OfGenre {
		share, kind = genreWords, onlyGenre
	}
	if len(g.Near) > 0 {
		j = j.Open(`{"dis_max":{"queries":[`).scored(m.field("all"), g.Stem, share)
		for _, n := range g.Near {
			j = j.scored(m.field("all"), text.Stem(n.Word), share*nearBoost/float64(n.Edits))
		}
		j = j.Close("]}}")
	} else {
		j = j.scored(m.field("all"), g.Stem, share)
	}
	for _, synonym := range g.Synonyms {
		j = j.scored(m.field("all"), synonym, share*synonymBoost)
	}
	for _, other := range g.Alternatives {
		j = j.scored(m.field("all"), other, share*otherBoost)
	}
	for _, run := range g.Runs {
		j = m.run(j, run, share*otherBoost)
	}
	j = j.scored(m.field("title"), g.Stem, share*titleBoost)
	if len(g.Kinds) > 0 {
		j = constant(j, kind, func(j JSON) JSON { return j.Terms(m.field("all"), g.Kinds) })
	}
	return j
}

// scored appends the clause of a term that is scored by its rarity.
func (j JSON) scored(field, term string, boost float64) JSON {
	return j.Open(`{"term":{"`, field, `":{"value":`).Text(term).Open(`"boost":`).Float(boost).Close("}}}")
}

// ByRelevance reports whether the order is by relevance.
func ByRelevance(o storage.Order) bool { return o.Sort.Name == storage.Relevance.Name }

package query

import (
	"slices"
	"strings"

	"marquee/search/text"
	"marquee/storage"
)

// The weights of a match. BM25 scores all words of a query at 5 to 40, at most 100, and
// popularity adds about 10, so they never reach a tier. A float32 still distinguishes
// 0.002 on top of the tiers.
const (
	// StrictTier is the least score of an object with all words.
	StrictTier   = 1000
	literalTier  = 1000  // added to StrictTier if no word needs a synonym of editors, where there are such
	wholeTier    = 10000 // the whole title equals the query
	sameTier     = 5000  // added to wholeTier if accents are equal too
	looseBoost   = 60    // the title equals the query except for articles, spaces, numerals
	headBoost    = 12    // so does the title up to its subtitle
	withinBoost  = 6     // for each word of a whole title within a longer query
	presentBoost = 10    // for each word of the object
	pairBoost    = 5     // for two words that are neighbours in a title or a name
	kindBoost    = 15    // for a word that is a genre or year of the object
	onlyGenre    = 25    // the same in a query that only names genres
	genreWords   = 0.15  // share of the words themselves in such a query
	titleBoost   = 0.5   // for a word in the title, besides its score in all fields
	optionBoost  = 0.3   // for a word in the title that is not needed
	nearBoost    = 0.5   // share of a word with one typo
	synonymBoost = 0.6   // share of a term that means the same
	otherBoost   = 0.4   // share of a text that editors take for the word
	rankFactor   = 0.7   // of popularity; see document.Encode
)

// Match makes the clauses of a search by words.
type Match struct {
	*text.Query
	noun    string
	filters JSON
}

// NewMatch returns the search for a text among the objects of a noun that satisfy
// filters.
func NewMatch(n *storage.Noun, t *text.Query, filters JSON) *Match {
	return &Match{Query: t, noun: n.Name, filters: filters}
}

// CanRelax reports whether objects may match that have not all words.
func (m *Match) CanRelax() bool {
	if len(m.Groups) == 1 && len(m.Phrases) == 0 {
		return len(m.Groups[0].Near) > 0
	}
	return len(m.Groups) > 0
}

// Selected returns the clause of the matching objects, without scores.
func (m *Match) Selected(strict bool) JSON {
	j := JSON(nil).Open(`{"bool":{"filter":[`).Value(m.filters)
	if strict {
		j = m.either(j, m.strict, 0)
	} else {
		j = m.either(j, m.relaxed, 0)
	}
	return j.Close("]}}")
}

// Ranked returns the clause of the matching objects with their scores. An object with
// all words has the same score in both forms, at least StrictTier, and one without them a
// lower one.
func (m *Match) Ranked(strict bool) JSON {
	j := JSON(nil).Open(`{"function_score":{"boost_mode":"sum","field_value_factor":{"field":"rank","factor":`).Float(rankFactor).
		Open(`"missing":0},"query":{"bool":{"filter":[`)
	j = j.Value(m.filters).Close(`]`).Open(`"must":[`)
	if strict {
		j = m.either(j, m.inTier(StrictTier+presentBoost*len(m.Groups)), wholeTier)
	} else {
		j = m.either(j, m.relaxed, wholeTier)
	}
	j = j.Close("]").Open(`"should":[`)
	if !strict {
		j = m.inTier(StrictTier)(j)
	}
	return m.bonuses(j).Close("]}}}}")
}

// either appends the clause of the objects that satisfy a clause, or whose whole title is
// the text. boost is for these, 0 without scores.
func (m *Match) either(j JSON, clause func(JSON) JSON, boost int) JSON {
	j = j.Open(`{"bool":{"should":[`)
	if len(m.Groups)+len(m.Phrases) > 0 {
		j = clause(j)
	}
	whole := func(j JSON) JSON { return j.Term(m.field("marks"), m.Whole) } // of none, if it is ""
	if boost > 0 {
		return constant(j, boost, whole).Close("]}}")
	}
	return whole(j).Close("]}}")
}

func (m *Match) field(name string) string { return m.noun + "." + name }

// strict appends the clause of the objects with all words and phrases.
func (m *Match) strict(j JSON) JSON {
	j = m.phrases(j.Open(`{"bool":{"filter":[`))
	for i := range m.Groups {
		j = m.having(j, &m.Groups[i])
	}
	return j.Close("]}}")
}

// literal appends strict without the alternatives of synonyms.
func (m *Match) literal(j JSON) JSON {
	j = m.phrases(j.Open(`{"bool":{"filter":[`))
	for i := range m.Groups {
		j = j.Terms(m.field("all"), m.Groups[i].Literal())
	}
	return j.Close("]}}")
}

// having appends the clause of the objects that have a word.
func (m *Match) having(j JSON, g *text.Group) JSON {
	if len(g.Runs) == 0 {
		return j.Terms(m.field("all"), g.Terms())
	}
	j = j.Open(`{"bool":{"should":[`).Terms(m.field("all"), g.Terms())
	for _, run := range g.Runs {
		j = m.run(j, run, 1)
	}
	return j.Close("]}}")
}

// run appends the clause of the objects that have terms next to each other in a value.
func (m *Match) run(j JSON, run []string, boost float64) JSON {
	return j.Open(`{"match_phrase":{"`, m.field("runs"), `":{"query":`).Text(strings.Join(run, " ")).Open(`"boost":`).Float(boost).Close("}}}")
}

// inTier makes strict a constant score.
func (m *Match) inTier(boost int) func(JSON) JSON {
	return func(j JSON) JSON { return constant(j, boost, m.strict) }
}

// relaxed appends the clause of the objects with enough of the words, perhaps misspelt,
// and all phrases.
func (m *Match) relaxed(j JSON) JSON {
	j = m.admitted(m.phrases(j.Open(`{"bool":{"filter":[`))).Close("]").Open(`"should":[`)
	for i := range m.Groups {
		j = constant(j, presentBoost, func(j JSON) JSON { return m.group(j, &m.Groups[i]) })
	}
	return j.Close("]").Open(`"minimum_should_match":`).Int(int64(m.Enough())).Close("}}")
}

// admitted appends the clause of the objects with a word that admits them, unless every
// word does.
func (m *Match) admitted(j JSON) JSON {
	admits := func(g text.Group) bool { return m.Admits(&g) }
	if m.Enough() == 0 || !slices.ContainsFunc(m.Groups, func(g text.Group) bool { return !admits(g) }) {
		return j
	}
	j = j.Open(`{"bool":{"should":[`)
	for i := range m.Groups {
		if admits(m.Groups[i]) {
			j = m.group(j, &m.Groups[i])
		}
	}
	return j.Close("]}}")
}

func (m *Match) phrases(j JSON) JSON {
	for _, p := range m.Phrases {
		j = m.run(j, p, 1)
	}
	return j
}

// group appends the clause of the objects that have a word, or one that it may be a typo
// of.
func (m *Match) group(j JSON, g *text.Group) JSON {
	if len(g.Near) == 0 {
		return m.having(j, g)
	}
	j = m.having(j.Open(`{"bool":{"should":[`), g).Open(`{"terms":{"`, m.field("marks"), `":[`)
	for _, n := range g.Near {
		j = j.Text(storage.WordMark + n.Word)
	}
	return j.Close("]}}").Close("]}}")
}

// constant appends a clause with a constant score.
func constant(j JSON, boost int, clause func(JSON) JSON) JSON {
	return clause(j.Open(`{"constant_score":{"boost":`).Int(int64(boost)).Open(`"filter":`)).Close("}}")
}

// flag scores objects with one of the flags.
func (m *Match) flag(j JSON, boost int, flags ...string) JSON {
	flags = slices.DeleteFunc(flags, func(f string) bool { return f == "" })
	if len(flags) == 0 {
		return j
	}
	return constant(j, boost, func(j JSON) JSON { return j.Terms(m.field("marks"), flags) })
}

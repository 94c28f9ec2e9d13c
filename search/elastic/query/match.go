package query

import (
	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
)

// CanRelax reports whether a word may be misspelt or left out.
func (w *Words) CanRelax() bool { return w.needed() > 0 }

// Boosts. All words of a query score about 5 to 40 by BM25, at most 100, so they never
// reach a tier. A float32 still distinguishes 0.001 on top of the tiers.
const (
	sameTier    = 5000  // added to wholeTier if accents are equal too
	wholeTier   = 10000 // the whole title equals the query
	strictTier  = 1000  // the object has all words, in a relaxed search
	looseBoost  = 60    // the title equals the query except for articles, spaces, numerals
	headBoost   = 12    // so does the title up to its subtitle
	withinBoost = 6     // for each word of a whole title within a longer query
	firstBoost  = 5     // the film is not a later part of a series
)

// Ranked makes the query for the objects that match and satisfy the filter, best
// first. Relaxed, it also selects objects with only some of the words.
func (w *Words) Ranked(q *storage.Query, filter []Object, relaxed bool) jsontext.Value {
	label := "object." + q.Noun.Label
	f := fieldsOf(q.Noun)
	all := allOf(f, w)
	selected, should := all, bonuses(f, label, w)
	if relaxed {
		selected = anyOf(f, w)
		should = append(should, constant(all, strictTier))
	}
	// A title that has no words, or other ones, is found if it equals the query.
	equal := Object{"bool": Object{"should": []Object{
		constant(Object{"term": Object{"whole": Whole(w.text)}}, wholeTier), selected}, "minimum_should_match": 1}}
	same := []Object{{"term": Object{"whole": Whole(w.text)}}, {"term": Object{"exact": Digest(w.text)}}}
	should = append(should, constant(Object{"bool": Object{"filter": same}}, sameTier))
	query := Object{"bool": Object{"filter": filter, "must": equal, "should": should}}
	if !ByRelevance(q.Order) {
		return Encode(query)
	}
	return Encode(Object{"function_score": Object{"query": query, "functions": popularity, "score_mode": "sum", "boost_mode": "sum"}})
}

// popularity adds at most some 3 points. It orders films that match equally, and never
// lifts a film above one that matches better by a word.
var popularity = []Object{
	{"field_value_factor": Object{"field": "object.imdb_rating", "factor": 0.4, "missing": 5}},
	{"field_value_factor": Object{"field": "object.likes", "modifier": "log1p", "missing": 0}, "weight": 0.2},
	{"field_value_factor": Object{"field": "object.views", "modifier": "log1p", "missing": 0}, "weight": 0.1},
}

func constant(filter Object, boost float64) Object {
	return Object{"constant_score": Object{"filter": filter, "boost": boost}}
}

// allOf selects objects with every needed word.
func allOf(f *fields, w *Words) Object {
	var must []Object
	for i := range w.words {
		if !w.words[i].optional {
			must = append(must, f.word(w, i, false))
		}
	}
	for _, p := range w.phrases {
		must = append(must, f.phrase(p))
	}
	if len(must) == 0 {
		return Object{"match_none": Object{}}
	}
	return Object{"bool": Object{"must": must}}
}

// anyOf selects objects with enough of the words, perhaps misspelt, and with all
// phrases.
func anyOf(f *fields, w *Words) Object {
	var should, must []Object
	for i := range w.words {
		if !w.words[i].optional {
			should = append(should, f.word(w, i, true))
		}
	}
	for _, p := range w.phrases {
		must = append(must, f.phrase(p))
	}
	return Object{"bool": Object{"must": must, "should": should, "minimum_should_match": enough(len(should), len(must))}}
}

// enough returns how many of n words suffice. One of three may be the only one that the
// catalogue knows; one of many is chance.
func enough(n, phrases int) int {
	if phrases > 0 {
		return 0
	}
	return max(1, n/3)
}

// bonuses returns the clauses that rank an object above others with the same words.
func bonuses(f *fields, label string, w *Words) []Object {
	words := w.plains()
	form := looseOf(words)
	out := []Object{}
	if form != "" {
		out = append(out, constant(Object{"term": Object{"loose": form}}, looseBoost),
			constant(Object{"term": Object{"head": form}}, headBoost))
	}
	out = append(out, within(words)...)
	if f.names != "" {
		out = append(out, constant(Object{"bool": Object{"must_not": Object{"range": Object{"part": Object{"gte": 2}}}}}, firstBoost))
	}
	for i := range w.words {
		if w.words[i].optional {
			out = append(out, match(label+".words", w.words[i].text, 1))
		}
	}
	if len(words) > 1 {
		out = append(out, f.near(w)...)
	}
	return out
}

// maxWithin is the length, in words, of the longest title that is searched in a query.
const maxWithin = 6

// within searches for whole titles within the query: "casino royale james bond". A
// single word does not count, since it may be any word.
func within(words []string) []Object {
	var out []Object
	for n := 2; n < min(len(words), maxWithin+1); n++ {
		var forms []string
		for i := 0; i+n <= len(words); i++ {
			forms = append(forms, looseOf(words[i:i+n]))
		}
		out = append(out, constant(terms("loose", forms), withinBoost*float64(n)))
	}
	return out
}

// match makes the clause of one word in one field.
func match(field, text string, boost float64) Object {
	return Object{"match": Object{field: Object{"query": text, "operator": "and", "boost": boost}}}
}

// ByRelevance reports whether the order is by relevance.
func ByRelevance(o storage.Order) bool { return o.Sort.Name == storage.Relevance.Name }

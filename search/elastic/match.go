package elastic

import (
	"context"

	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
)

// relaxBelow is the number of objects with all words below which others follow.
// Relaxing only where there are none ranks far worse: NDCG@10 on topical
// queries 0.50 instead of 0.65.
const relaxBelow = 10

// match answers a search by words. The objects with all words are counted
// first, over the whole list, so that every page of it is relaxed or none is.
func (l *listing) match(ctx context.Context) (*storage.Page, error) {
	w := understand(l.Text.Query)
	strict, err := l.page(ctx, l.ranked(w, false))
	if err != nil || strict.Total >= relaxBelow || !w.canRelax() {
		return strict, err
	}
	relaxed, err := l.page(ctx, l.ranked(w, true))
	if err != nil {
		return nil, err
	}
	relaxed.Relaxed = relaxed.Total > strict.Total
	return relaxed, nil
}

// canRelax reports whether there is a word that could be misspelt or left out.
func (w *wanted) canRelax() bool { return w.needed() > 0 }

// Boosts. All words of a query score about 5 to 40 by BM25, 100 at the most, so
// a tier is out of their reach; float32 still tells 0.001 apart on top of them.
const (
	sameTier    = 5000  // on top, where it has the same marks too
	wholeTier   = 10000 // the whole title equals the query
	strictTier  = 1000  // an object has all words, among others that do not
	looseBoost  = 60    // it equals it but for articles, spaces, numerals
	headBoost   = 12    // it does so up to the subtitle
	withinBoost = 6     // for each word of a title that stands whole in a longer query
	firstBoost  = 5     // a film that is no later part of a series
)

// ranked is the query for the objects that match, best first.
func (l *listing) ranked(w *wanted, relaxed bool) jsontext.Value {
	label := "object." + l.Noun.Label
	f := fieldsOf(l.Noun)
	all := allOf(f, w)
	selected, should := all, bonuses(f, label, w)
	if relaxed {
		selected = anyOf(f, w)
		should = append(should, constant(all, strictTier))
	}
	// A title of other words, or of none at all, is found by being equal.
	equal := object{"bool": object{"should": []object{
		constant(object{"term": object{"whole": whole(w.text)}}, wholeTier), selected}, "minimum_should_match": 1}}
	same := []object{{"term": object{"whole": whole(w.text)}}, {"term": object{"exact": digest(w.text)}}}
	should = append(should, constant(object{"bool": object{"filter": same}}, sameTier))
	query := object{"bool": object{"filter": l.filter, "must": equal, "should": should}}
	if !byRelevance(l.Order) {
		return encode(query)
	}
	return encode(object{"function_score": object{"query": query, "functions": popularity, "score_mode": "sum", "boost_mode": "sum"}})
}

// popularity adds at most some 3 points: it orders what matches alike, and
// never lifts a film over one that matches better by a word.
var popularity = []object{
	{"field_value_factor": object{"field": "object.imdb_rating", "factor": 0.4, "missing": 5}},
	{"field_value_factor": object{"field": "object.likes", "modifier": "log1p", "missing": 0}, "weight": 0.2},
	{"field_value_factor": object{"field": "object.views", "modifier": "log1p", "missing": 0}, "weight": 0.1},
}

func constant(filter object, boost float64) object {
	return object{"constant_score": object{"filter": filter, "boost": boost}}
}

// allOf selects what has every word that is needed.
func allOf(f *fields, w *wanted) object {
	var must []object
	for i := range w.words {
		if !w.words[i].optional {
			must = append(must, f.word(w, i, false))
		}
	}
	for _, p := range w.phrases {
		must = append(must, f.phrase(p))
	}
	if len(must) == 0 {
		return object{"match_none": object{}}
	}
	return object{"bool": object{"must": must}}
}

// anyOf selects what has enough of the words, perhaps misspelt. Phrases have to
// be there: quotes are how somebody insists.
func anyOf(f *fields, w *wanted) object {
	var should, must []object
	for i := range w.words {
		if !w.words[i].optional {
			should = append(should, f.word(w, i, true))
		}
	}
	for _, p := range w.phrases {
		must = append(must, f.phrase(p))
	}
	return object{"bool": object{"must": must, "should": should, "minimum_should_match": enough(len(should), len(must))}}
}

// enough is how many of n words suffice. One of three may be the only one that
// the catalogue knows; of many, one alone is chance.
func enough(n, phrases int) int {
	if phrases > 0 {
		return 0
	}
	return max(1, n/3)
}

// bonuses are what ranks an object above others with the same words.
func bonuses(f *fields, label string, w *wanted) []object {
	words := w.plains()
	form := looseOf(words)
	out := []object{}
	if form != "" {
		out = append(out, constant(object{"term": object{"loose": form}}, looseBoost),
			constant(object{"term": object{"head": form}}, headBoost))
	}
	out = append(out, within(words)...)
	if f.names != "" {
		out = append(out, constant(object{"bool": object{"must_not": object{"range": object{"part": object{"gte": 2}}}}}, firstBoost))
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

// maxWithin is the longest title, in words, that is looked for in a query.
const maxWithin = 6

// within looks for titles that stand whole in the query, beside other words:
// "casino royale james bond". A single word is no such title, it may be any.
func within(words []string) []object {
	var out []object
	for n := 2; n < min(len(words), maxWithin+1); n++ {
		var forms []string
		for i := 0; i+n <= len(words); i++ {
			forms = append(forms, looseOf(words[i:i+n]))
		}
		out = append(out, constant(terms("loose", forms), withinBoost*float64(n)))
	}
	return out
}

// match is a match query for one word in one field.
func match(field, text string, boost float64) object {
	return object{"match": object{field: object{"query": text, "operator": "and", "boost": boost}}}
}

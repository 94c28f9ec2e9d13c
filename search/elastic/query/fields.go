package query

import (
	"strings"

	"marquee/search/text"
	"marquee/storage"
)

// fields are the fields in which a noun's words are searched.
type fields struct {
	label       string
	description string // "" if the noun has none that is searched
	names       string // "" if the noun refers to no persons
}

// fieldsOf returns the fields of a noun.
func fieldsOf(n *storage.Noun) *fields {
	f := &fields{label: "object." + n.Label}
	for _, s := range n.Searched {
		if s != n.Label {
			f.description = "object." + s
		}
	}
	for _, r := range n.References() {
		if r.Type.Of.Reference == storage.Person.Name {
			f.names = "names"
		}
	}
	return f
}

// The weights of fields: title over persons over description. BM25 already scores a
// word of a short field higher. Larger weights for titles would bury films whose
// description has all words: with titles at 4, queries for topics and persons found
// 0.93 of the expected films, instead of 0.97.
const (
	labelBoost       = 1.5
	exactBoost       = 1.0 // added for the word itself, not only its stem
	namesBoost       = 1.5
	descriptionBoost = 1.0
	genreBoost       = 10.0 // a constant, since no film is more of a genre than another
	onlyGenreBoost   = 25.0
	yearBoost        = 10.0
	variantBoost     = 0.8 // share of the word's own weight
	fuzzyBoost       = 0.5
	presentBoost     = 8.0 // for each word of the object, in a relaxed search
)

const (
	// tieBreaker is the share of their scores that other fields add to the best one.
	tieBreaker = 0.15
	// maxWords is how many words of a query are searched in other forms as well. It keeps
	// 100 words of one letter and 40 of four below the 5,000 clauses that Elasticsearch
	// accepts on a heap of 1 GB and eight processors.
	maxWords = 8
)

// word makes the clause of one word of w. It may be in any field, in another spelling,
// or be half of a compound. The best field counts, the others a little.
func (f *fields) word(w *Words, i int, fuzzy bool) Object {
	this := w.words[i]
	any := f.anywhere(this.text, 1)
	if i >= maxWords {
		return Object{"dis_max": Object{"queries": any, "tie_breaker": tieBreaker}}
	}
	for _, v := range numerals(this.plain, this.later) {
		any = append(any, f.titled(v, variantBoost)...)
	}
	any = append(any, f.compounds(w, i)...)
	if f.names != "" {
		any = append(any, f.kinds(w, i)...)
	}
	if fuzzy && len([]rune(this.plain)) >= fuzzyFrom && !text.IsNumber(this.plain) {
		any = append(any, f.misspelt(this.text)...)
	}
	best := Object{"dis_max": Object{"queries": any, "tie_breaker": tieBreaker}}
	if !fuzzy {
		return best
	}
	return Object{"bool": Object{"must": []Object{best, {"match_all": Object{"boost": presentBoost}}}}}
}

// anywhere searches for a word in all fields.
func (f *fields) anywhere(text string, boost float64) []Object {
	out := f.titled(text, boost)
	if f.names != "" {
		out = append(out, match(f.names, text, namesBoost*boost))
	}
	if f.description != "" {
		out = append(out, match(f.description, text, descriptionBoost*boost))
	}
	return out
}

// titled searches for a word in the title.
func (f *fields) titled(text string, boost float64) []Object {
	return []Object{
		match(f.label, text, labelBoost*boost),
		match(f.label+".words", text, (labelBoost+exactBoost)*boost),
	}
}

// compounds searches for a word that the title or a name writes as two words, and for
// two words of the query that it writes as one.
func (f *fields) compounds(w *Words, i int) []Object {
	out := []Object{match(f.label+".compounds", w.words[i].text, labelBoost*variantBoost)}
	if f.names != "" {
		out = append(out, match(f.names+".compounds", w.words[i].text, namesBoost*variantBoost))
	}
	for _, j := range []int{i - 1, i} {
		if j >= 0 && w.words[j].joined != "" {
			out = append(out, f.anywhere(w.words[j].joined, variantBoost)...)
		}
	}
	return out
}

// kinds searches for a word that names a genre or a time.
func (f *fields) kinds(w *Words, i int) []Object {
	boost := genreBoost
	if w.ofGenre() {
		boost = onlyGenreBoost
	}
	out := []Object{constant(match("genre_names", w.words[i].text, 1), boost)}
	for _, word := range []string{w.words[i].plain, w.joinedBefore(i), w.words[i].joined} {
		for part := range strings.SplitSeq(text.GenreWords[word], "|") {
			if part != "" {
				out = append(out, constant(match("genre_names", part, 1), boost))
			}
		}
	}
	if from, to, ok := years(w.words[i].plain); ok {
		out = append(out, constant(Object{"range": Object{"object.release_year": Object{"gte": from, "lte": to}}}, yearBoost))
	}
	return out
}

func (w *Words) joinedBefore(i int) string {
	if i == 0 {
		return ""
	}
	return w.words[i-1].joined
}

// fuzzyFrom is the length from which a word may be misspelt. Among words of three
// letters, one different letter makes another word.
const fuzzyFrom = 4

// misspelt searches for a word with one typo, or with two from seven letters. The first
// letter must be right: typos there are rare, and this excludes most terms.
func (f *fields) misspelt(text string) []Object {
	in := []string{f.label + ".words"}
	if f.names != "" {
		in = append(in, f.names)
	}
	var out []Object
	for i, field := range in {
		boost := labelBoost * fuzzyBoost
		if i > 0 {
			boost = namesBoost * fuzzyBoost
		}
		out = append(out, Object{"match": Object{field: Object{"query": text, "fuzziness": "AUTO:4,7",
			"prefix_length": 1, "max_expansions": 30, "boost": boost}}})
	}
	if f.description != "" {
		out = append(out, Object{"match": Object{f.description: Object{"query": text, "fuzziness": "AUTO:4,7",
			"prefix_length": 2, "max_expansions": 20, "boost": descriptionBoost * fuzzyBoost}}})
	}
	return out
}

// phrase makes the clause of words that have to be neighbours.
func (f *fields) phrase(text string) Object {
	any := []Object{phrase(f.label, text, 0, labelBoost)}
	if f.names != "" {
		any = append(any, phrase(f.names, text, 0, namesBoost))
	}
	if f.description != "" {
		any = append(any, phrase(f.description, text, 0, descriptionBoost))
	}
	return Object{"dis_max": Object{"queries": any, "tie_breaker": tieBreaker}}
}

// near ranks objects higher that have all words close to each other, in a title or a
// name.
func (f *fields) near(w *Words) []Object {
	text := strings.Join(w.plains(), " ")
	out := []Object{phrase(f.label, text, 2, labelBoost/2)}
	if f.names != "" {
		for i := range w.words[:len(w.words)-1] {
			if !w.words[i].optional && !w.words[i+1].optional {
				out = append(out, phrase(f.names, w.words[i].text+" "+w.words[i+1].text, 1, namesBoost))
			}
		}
	}
	if f.description != "" {
		out = append(out, phrase(f.description, text, 3, descriptionBoost/2))
	}
	return out
}

func phrase(field, text string, slop int, boost float64) Object {
	return Object{"match_phrase": Object{field: Object{"query": text, "slop": slop, "boost": boost}}}
}

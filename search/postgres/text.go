package postgres

import (
	"slices"
	"strings"

	"marquee/search/text"
	"marquee/storage/postgres/searched"
	"marquee/storage/textform"
)

// unit is a word or a phrase of a text.
type unit struct {
	// words are the words of the phrase, or the one word.
	words []string
	// others are words with the same meaning: a numeral in digits, the compound with a
	// neighbour.
	others []string
	// near are words of the catalogue that are one or two typos away.
	near []string
	// frequency is the number of objects that have it, up to maxFrequency.
	frequency int
}

// wanted is the text of a search by words. It has no operators, but quotes make a
// phrase.
type wanted struct {
	// needed are the units that an object must have; helpful ones only rank.
	needed, helpful []unit
	// pairs are neighbours.
	pairs [][2]string
	// titles are digests of the whole titles that the text may be, sameTitles of those
	// that differ from it only in case and spaces.
	titles, sameTitles []int64
	// meantTitles are digests of the whole titles that it may be, with typos.
	meantTitles []int64
}

// newWanted splits a query into units.
func newWanted(query string) *wanted {
	phrases, loose := quoted(query)
	named := titles(query)
	t := &wanted{titles: digests(named, searched.TitleDigest), sameTitles: digests(named, searched.Digest)}
	for _, p := range phrases {
		if words := textform.Words(p); len(words) > 1 {
			t.needed = append(t.needed, unit{words: words})
		} else {
			loose = append(loose, p)
		}
	}
	var extra []unit
	for _, l := range loose {
		words := textform.Words(l)
		for i, w := range words {
			if i > 0 && (!text.EnglishStops[w] || !text.EnglishStops[words[i-1]]) {
				t.pairs = append(t.pairs, [2]string{words[i-1], w})
			}
			u := unit{words: []string{w}, others: slices.Concat(numerals[w], text.Abbreviations[w], joined(words, i))}
			if text.FilmWords[w] || text.EnglishStops[w] {
				extra = append(extra, u)
			} else {
				t.needed = append(t.needed, u)
			}
		}
	}
	if len(t.needed) == 0 {
		t.needed, extra = extra, nil
	}
	t.needed, t.helpful = distinct(t.needed), distinct(extra)
	return t
}

// distinct drops units that are equal to an earlier one.
func distinct(units []unit) []unit {
	var out []unit
	for _, u := range units {
		if !slices.ContainsFunc(out, func(v unit) bool { return slices.Equal(u.words, v.words) }) {
			out = append(out, u)
		}
	}
	return out
}

// quoted splits a query into the parts in quotes and the others. A quote without its
// pair means nothing.
func quoted(query string) (phrases, loose []string) {
	parts := strings.Split(strings.NewReplacer("“", `"`, "”", `"`).Replace(query), `"`)
	for i, p := range parts {
		if i%2 == 1 && i < len(parts)-1 {
			phrases = append(phrases, p)
		} else {
			loose = append(loose, p)
		}
	}
	return phrases, loose
}

// titles returns the whole titles that the query may be: with and without the words
// that only say that a film is searched.
func titles(query string) []string {
	keys := []string{query}
	words := textform.Words(query)
	if rest := slices.DeleteFunc(slices.Clone(words), func(w string) bool { return text.FilmWords[w] }); len(rest) > 0 && len(rest) < len(words) {
		keys = append(keys, strings.Join(rest, " "))
	}
	return keys
}

func digests(titles []string, of func(string) int64) []int64 {
	out := make([]int64, len(titles))
	for i, title := range titles {
		out[i] = of(title)
	}
	return out
}

// maxMeant bounds the whole titles that a text with typos may be.
const maxMeant = 64

// correct sets meantTitles: the whole titles that the text may be if its words are
// typos of other words.
func (t *wanted) correct(query string) {
	spelled := []string{""}
	for _, word := range textform.Words(query) {
		var longer []string
		for _, s := range spelled {
			for _, w := range t.meant(word) {
				longer = append(longer, s+" "+w)
			}
		}
		spelled = longer[:min(len(longer), maxMeant)]
	}
	t.meantTitles = digests(spelled, searched.TitleDigest)
}

// joined returns the compounds of a word with its neighbours: "war games" may be
// "wargames".
func joined(words []string, i int) []string {
	var out []string
	if i > 0 {
		out = append(out, words[i-1]+words[i])
	}
	if i+1 < len(words) {
		out = append(out, words[i]+words[i+1])
	}
	return out
}

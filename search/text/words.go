// Package text knows what a text means to a search by words. Terms makes the terms of a
// document, Parse makes a query of a text. Engines and freshness checks compare them.
package text

import (
	"strings"
	"unicode"
)

// The words that engines treat in a special way. There is one copy, because a change
// has to touch every search that an engine answers with such a word. They must not be
// changed.
var (
	// Stops are too common to be required. They count if a text has no other words.
	Stops = asSet(stopWords)
	// EnglishStops are the words that PostgreSQL's english.stop leaves out of
	// descriptions: Stops and rarer ones.
	EnglishStops = asSet(stopWords + ` i me my myself we our ours ourselves you your yours yourself yourselves he him his
		himself she her hers herself itself them theirs themselves what which whom those am been being have has had having do
		does did doing because until while against between through during before after above below up down out off over under
		again further once here when where why how all any both each few more most other some nor only own same so than too
		very s t can just don should now`)
	// FilmWords say that a film is searched, not which one. They are left out of whole
	// titles as well.
	FilmWords = asSet(filmWords)
	// Noise are FilmWords and other words that describe no film in particular and are in
	// few titles.
	Noise = asSet(filmWords + " flick flicks starring featuring directed")
	// Numbers are the words for 1 to 20.
	Numbers = strings.Fields(`one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
		sixteen seventeen eighteen nineteen twenty`)
	// GenreWords are words for genres that no genre's name contains. A bar separates
	// genres of which one is enough.
	GenreWords = map[string]string{
		"scifi": "science fiction", "sf": "science fiction",
		"romcom": "romance comedy", "romcoms": "romance comedy", "romantic": "romance",
		"scary": "horror", "spooky": "horror", "creepy": "horror", "slasher": "horror",
		"funny": "comedy", "hilarious": "comedy", "comedic": "comedy",
		"cartoon": "animation", "cartoons": "animation", "animated": "animation", "anime": "animation",
		"kids": "family", "children": "family", "childrens": "family",
		"historical": "history", "historic": "history",
		"musical": "music|musical", "musicals": "music|musical",
		"biopic": "biography", "biopics": "biography", "biographical": "biography",
		"doc": "documentary", "docs": "documentary", "documentaries": "documentary",
		"whodunit": "mystery", "mysteries": "mystery", "suspense": "thriller",
		"sports": "sport",
	}
	// Abbreviations are words that stand for phrases.
	Abbreviations = map[string][]string{
		"sci": {"science fiction"}, "fi": {"science fiction"}, "scifi": {"science fiction", "sci fi"},
		"doc": {"documentary"}, "docu": {"documentary"}, "biopic": {"biography"}, "romcom": {"romantic comedy"},
	}
)

const (
	stopWords = `a an and are as at be but by for from if in into is it its no not of on or such that the their then there
		these they this to was were will with about who`
	filmWords = "movie movies film films"
)

// IsNumber reports whether a word has only digits. Such a word may have no typos: 1999
// is not a typo of 1990.
func IsNumber(word string) bool {
	return strings.IndexFunc(word, func(r rune) bool { return !unicode.IsDigit(r) }) < 0
}

func asSet(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

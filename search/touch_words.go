package search

import (
	"strconv"
	"strings"

	"marquee/storage"
)

// What the engines do with single words, for both at once. Each engine has the
// part of it that it ranks by; a test beside each holds that nothing is missing
// here.

// Words that are left out of a text when others are left: stops and filmWords
// by both engines, rareStops by PostgreSQL, notes by Elasticsearch. PostgreSQL
// leaves both kinds of stops out of descriptions too.
var (
	stops = asSet(`a an and are as at be but by for from if in into is it its no not of on or such that the their then
		there these they this to was were will with about who`)
	rareStops = asSet(`i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her
		hers herself itself them theirs themselves what which whom those am been being have has had having do does did doing
		because until while between against through during before after above below up down out off over under again further
		once here when where why how all any both each few more most other some nor only own same so than too very s t can just
		don should now`)
	notes = asSet("flick flicks starring featuring directed part")
)

// filmWords are left out of whole titles as well.
var filmWords = asSet("movie movies film films")

// meanings are the words that stand for others, mostly for a genre.
var meanings = map[string]string{
	"sci": "science fiction", "fi": "science fiction", "scifi": "science fiction sci fi", "sf": "science fiction",
	"romcom": "romance romantic comedy", "romcoms": "romance comedy", "romantic": "romance",
	"scary": "horror", "spooky": "horror", "creepy": "horror", "slasher": "horror",
	"funny": "comedy", "hilarious": "comedy", "comedic": "comedy",
	"cartoon": "animation", "cartoons": "animation", "animated": "animation", "anime": "animation",
	"kids": "family", "children": "family", "childrens": "family",
	"historical": "history", "historic": "history",
	"musical": "music musical", "musicals": "music musical",
	"biopic": "biography", "biopics": "biography", "biographical": "biography",
	"doc": "documentary", "docs": "documentary", "docu": "documentary", "documentaries": "documentary",
	"whodunit": "mystery", "mysteries": "mystery", "suspense": "thriller",
	"sports": "sport",
}

// numerals are the other ways to write a number from 1 to 20.
var numerals = func() map[string][]string {
	same := map[string][]string{"1": {"1", "i"}}
	for roman, digits := range storage.Romans {
		same[digits] = append(same[digits], digits, roman)
	}
	for i, word := range strings.Fields(`one two three four five six seven eight nine ten eleven twelve thirteen fourteen
		fifteen sixteen seventeen eighteen nineteen twenty`) {
		digits := strconv.Itoa(i + 1)
		same[digits] = append(same[digits], word)
	}
	out := map[string][]string{}
	for _, forms := range same {
		for _, w := range forms {
			if w != "i" { // which mostly is no number
				out[w] = forms
			}
		}
	}
	return out
}()

// Package text knows what a text means to a search by words. Terms makes the terms of a
// document, Parse makes a query of a text. Engines and freshness checks compare them.
package text

import "strings"

var (
	// stops are too common to be required. They count if a text has no other words.
	stops = asSet(`a an and are as at be but by for from if in into is it its no not of on or such that the their then there
		these they this to was were will with about who`)
	// filmWords say that a film is searched, not which one. They are left out of whole
	// titles as well.
	filmWords = asSet("movie movies film films")
	// noise describes no film in particular and is in few titles.
	noise = asSet("movie movies film films flick flicks starring featuring directed")
	// numberWords are the words for 1 to 20.
	numberWords = strings.Fields(`one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
		sixteen seventeen eighteen nineteen twenty`)
	// genreWords are words for genres that no genre's name contains. A bar separates
	// genres of which one is enough.
	genreWords = map[string]string{
		"scifi": "science fiction", "sf": "science fiction",
		"romcom": "romance comedy", "romcoms": "romance comedy", "romantic": "romance",
		"scary": "horror", "spooky": "horror", "creepy": "horror", "slasher": "horror",
		"funny": "comedy", "hilarious": "comedy", "comedic": "comedy",
		"cartoon": "animation", "cartoons": "animation", "animated": "animation", "anime": "animation",
		"kids": "family", "children": "family", "childrens": "family",
		"historical": "history", "historic": "history",
		"musical": "music|musical", "musicals": "music|musical",
		"biopic": "biography", "biopics": "biography", "biographical": "biography",
		"doc": "documentary", "docs": "documentary", "docu": "documentary", "documentaries": "documentary",
		"whodunit": "mystery", "mysteries": "mystery", "suspense": "thriller",
		"sports": "sport",
	}
)

// isNumber reports whether a folded word has only digits. Such a word has no typos: 1999
// is not a typo of 1990.
func isNumber(word string) bool {
	for i := range len(word) {
		if !isDigit(rune(word[i])) {
			return false
		}
	}
	return true
}

func asSet(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

package elastic

import (
	"regexp"
	"strconv"
	"strings"
)

// What people write instead of what titles and genres say. All of it works at
// search time, so that it can be changed without building an index anew.

// stops are words too common to be asked for: they count when a query has no
// others ("The Who" is found as a whole title, "It" by its only word).
var stops = set(`a an and are as at be but by for from if in into is it its no not of on or
	such that the their then there these they this to was were will with about who`)

// noise are words that say nothing about one film and stand in few titles; where
// they do ("Scary Movie"), they still rank.
var noise = set("movie movies film films flick flicks starring featuring directed")

// numbers are 1 to 20 in words and in Roman numerals.
var (
	inWords = strings.Fields(`one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
		sixteen seventeen eighteen nineteen twenty`)
	inRoman = strings.Fields("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx")
)

var numberOf = func() map[string]int {
	m := map[string]int{}
	for i := range inWords {
		m[inWords[i]], m[inRoman[i]], m[strconv.Itoa(i+1)] = i+1, i+1, i+1
	}
	return m
}()

// digits is a number word or numeral in digits, "" for other words. A single
// letter is a number only behind other words, and I never: it mostly is not one.
func digits(word string, behind bool) string {
	n := numberOf[word]
	if n == 0 || word == "i" || !behind && (word == "v" || word == "x") {
		return ""
	}
	return strconv.Itoa(n)
}

// numerals are the other ways to write a number.
func numerals(word string, behind bool) []string {
	n, _ := strconv.Atoi(digits(word, behind))
	if n == 0 {
		return nil
	}
	var out []string
	for _, other := range []string{strconv.Itoa(n), inWords[n-1], inRoman[n-1]} {
		if other != word && (len(other) > 1 || other[0] <= '9' || behind && other != "i") {
			out = append(out, other)
		}
	}
	return out
}

// genreWords are words for genres that no genre's name contains; a bar stands
// between genres of which one is enough.
var genreWords = map[string]string{
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

// kindWords are words of genres' names, in the forms that people ask for: a
// query of nothing else wants films of the genre, not films so called.
var kindWords = set(`action adventure adventures animation biography comedy comedies crime documentary drama dramas
	fantasy horror mystery noir romance science fiction thriller thrillers western westerns`)

// ofGenre reports whether every needed word names a genre.
func (w *wanted) ofGenre() bool {
	for i := range w.words {
		word := &w.words[i]
		known := kindWords[word.plain] || genreWords[word.plain] != "" || genreWords[word.joined] != "" || genreWords[w.joinedBefore(i)] != ""
		if !known && !word.optional {
			return false
		}
	}
	return w.needed() > 0 && len(w.phrases) == 0
}

var decade = regexp.MustCompile(`^(18|19|20)?([0-9]0)s$`)

// years are the release years that a word stands for: 1982, 80s, 1980s.
func years(word string) (from, to int, ok bool) {
	if m := decade.FindStringSubmatch(word); m != nil {
		century := m[1]
		if century == "" {
			century = "19"
			if m[2] < "30" {
				century = "20"
			}
		}
		from, _ = strconv.Atoi(century + m[2])
		return from, from + 9, true
	}
	year, err := strconv.Atoi(word)
	return year, year, err == nil && len(word) == 4 && year >= 1880 && year < 2100
}

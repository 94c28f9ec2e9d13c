package query

import (
	"regexp"
	"strconv"

	"marquee/search/text"
	"marquee/storage/textform"
)

// This file has other forms of the words in titles and genres. They work at search
// time, so that they can change without a rebuild of the index.

// inRoman are the Roman numerals of text.Numbers.
var inRoman = func() []string {
	romans := make([]string, len(text.Numbers))
	romans[0] = "i"
	for roman, digits := range textform.Romans {
		n, _ := strconv.Atoi(digits) // they are digits
		romans[n-1] = roman
	}
	return romans
}()

var numberOf = func() map[string]int {
	m := map[string]int{}
	for i := range text.Numbers {
		m[text.Numbers[i]], m[inRoman[i]], m[strconv.Itoa(i+1)] = i+1, i+1, i+1
	}
	return m
}()

// digits returns a number word or numeral in digits, "" for other words. A single
// letter is a number only after other words. I never is: mostly it is a pronoun.
func digits(word string, later bool) string {
	n := numberOf[word]
	if n == 0 || word == "i" || !later && (word == "v" || word == "x") {
		return ""
	}
	return strconv.Itoa(n)
}

// numerals returns the other ways to write a number.
func numerals(word string, later bool) []string {
	n, _ := strconv.Atoi(digits(word, later))
	if n == 0 {
		return nil
	}
	var out []string
	for _, other := range []string{strconv.Itoa(n), text.Numbers[n-1], inRoman[n-1]} {
		if other != word && (len(other) > 1 || other[0] <= '9' || later && other != "i") {
			out = append(out, other)
		}
	}
	return out
}

// kindWords are words of genres' names, in the forms that people search for. A query
// of nothing else wants films of the genre, not films with such a title.
var kindWords = set(`action adventure adventures animation biography comedy comedies crime documentary drama dramas
	fantasy horror mystery noir romance science fiction thriller thrillers western westerns`)

// ofGenre reports whether every needed word names a genre.
func (w *Words) ofGenre() bool {
	for i := range w.words {
		word := &w.words[i]
		known := kindWords[word.plain] || text.GenreWords[word.plain] != "" || text.GenreWords[word.joined] != "" || text.GenreWords[w.joinedBefore(i)] != ""
		if !known && !word.optional {
			return false
		}
	}
	return w.needed() > 0 && len(w.phrases) == 0
}

var decade = regexp.MustCompile(`^(18|19|20)?([0-9]0)s$`)

// years returns the release years that a word means: 1982, 80s, 1980s.
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

package text

import (
	"regexp"
	"strconv"

	"marquee/storage/textform"
)

// numberOf has the words and Roman numerals of 1 to 20, and their digits.
var numberOf = func() map[string]int {
	m := map[string]int{"i": 1}
	for i, word := range Numbers {
		m[word], m[strconv.Itoa(i+1)] = i+1, i+1
	}
	for roman, digits := range textform.Romans {
		m[roman], _ = strconv.Atoi(digits) // they are digits
	}
	return m
}()

// digits returns a number word or numeral in digits, "" for other words. A single letter
// is a number only after other words. I never is: mostly it is a pronoun.
func digits(word string, later bool) string {
	n := numberOf[word]
	if n == 0 || word == "i" || !later && (word == "v" || word == "x") {
		if IsNumber(word) {
			return word
		}
		return ""
	}
	return strconv.Itoa(n)
}

var decade = regexp.MustCompile(`^(18|19|20)?([0-9]0)s$`)

// years returns the term of the release years that a word means: 1982, 80s, 1980s.
func years(word string) string {
	if m := decade.FindStringSubmatch(word); m != nil {
		century := m[1]
		if century == "" {
			century = "19"
			if m[2] < "30" {
				century = "20"
			}
		}
		return yearMark + century + m[2] + "s"
	}
	if year, err := strconv.Atoi(word); err == nil && len(word) == 4 && year >= 1880 && year < 2100 {
		return yearMark + word
	}
	return ""
}

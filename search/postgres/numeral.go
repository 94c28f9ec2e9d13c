package postgres

import (
	"strconv"

	"marquee/search/text"
	"marquee/storage/textform"
)

// counted are the numbers that titles write as words: up to twelve.
var counted = text.Numbers[:12]

// numerals are the other ways to write a number: "Rocky 2" is "Rocky II", and a search
// for "12 Angry Men" may say twelve.
var numerals = func() map[string][]string {
	forms := map[string][]string{"1": {"1", "i"}} // a lone i is a word, but part 1 may be written I
	for roman, digits := range textform.Romans {
		forms[digits] = append(forms[digits], digits, roman)
	}
	for i, word := range counted {
		digits := strconv.Itoa(i + 1)
		forms[digits] = append(forms[digits], word)
	}
	out := map[string][]string{}
	for _, same := range forms {
		for _, w := range same {
			for _, other := range same {
				if other != w && w != "i" {
					out[w] = append(out[w], other)
				}
			}
		}
	}
	return out
}()

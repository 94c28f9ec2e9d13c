package touch

import (
	"maps"
	"strconv"
	"strings"

	"marquee/search/text"
	"marquee/storage/textform"
)

// meanings are the words that a word may stand for in either engine.
var meanings = func() map[string][]string {
	all := maps.Clone(text.Abbreviations)
	for word, genres := range text.GenreWords {
		all[word] = append([]string{strings.ReplaceAll(genres, "|", " ")}, all[word]...)
	}
	for word, phrases := range all {
		all[word] = strings.Fields(strings.Join(phrases, " "))
	}
	return all
}()

// numerals are the other ways to write a number of text.Numbers.
var numerals = func() map[string][]string {
	same := map[string][]string{"1": {"1", "i"}}
	for roman, digits := range textform.Romans {
		same[digits] = append(same[digits], digits, roman)
	}
	for i, word := range text.Numbers {
		digits := strconv.Itoa(i + 1)
		same[digits] = append(same[digits], word)
	}
	out := map[string][]string{}
	for _, forms := range same {
		for _, w := range forms {
			if w != "i" { // which is rarely a number
				out[w] = forms
			}
		}
	}
	return out
}()

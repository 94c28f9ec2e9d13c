package touch

import "marquee/search/text"

// IsForm reports whether a word counts as its stem with an ending.
func IsForm(word string) bool {
	stem := text.Stem(word)
	return stem == word || newTypo([]rune(word), 0).misspells([]rune(stem))
}

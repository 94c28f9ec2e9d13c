package search

// Stem is the stem of a word.
var Stem = stem

// IsForm reports whether a word counts as its stem with an ending.
func IsForm(word string) bool {
	return stem(word) == word || newTypo([]rune(word), 0).misspells([]rune(stem(word)))
}

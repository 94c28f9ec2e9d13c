package text

import "marquee/storage/textform"

// words cuts a text into folded words.
func words(value string) []string { return textform.Words(value) }

package textform

import (
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

const (
	// MaxSnippet bounds a snippet in characters.
	MaxSnippet = 120
	// dash separates the title from the description in a snippet.
	dash = " – "
	// longWord is the maximum length of a word in characters: the longest word of a
	// general English dictionary has 28. A longer one is text without spaces, such as
	// Japanese.
	longWord = 30
)

// Snippet returns title and description, cut to at most 120 characters with an ellipsis.
// The cut is between words. A word of more than 30 characters is cut inside, because
// otherwise most of the text could be lost. No cut is inside a grapheme cluster, which is
// one character to a reader: a flag, an emoji of several parts, a syllable.
func Snippet(title, description string) string {
	text, rest := strings.Join(strings.Fields(title), " "), strings.Join(strings.Fields(description), " ")
	switch {
	case text == "":
		text = rest
	case rest != "":
		text += dash + rest
	}
	runes := []rune(text)
	if len(runes) <= MaxSnippet {
		return text
	}
	shown := strings.TrimRight(string(runes[:cut(runes)]), " ")
	return strings.TrimSuffix(shown, strings.TrimRight(dash, " ")) + "…" // the text after the dash was cut
}

// cut returns the number of characters of a long text that a snippet shows.
func cut(runes []rune) int {
	const room = MaxSnippet - 1 // for the ellipsis
	space := room
	for space >= 0 && runes[space] != ' ' {
		space--
	}
	end := space + 1
	for end < len(runes) && runes[end] != ' ' {
		end++
	}
	if space >= 0 && end-space-1 <= longWord {
		return space
	}
	if inside := wholeClusters(runes[space+1:end], room-space-1); inside > 0 {
		return space + 1 + inside
	}
	return max(space, 0)
}

// wholeClusters returns the length of the longest start of a word that has at most limit
// characters and only whole grapheme clusters.
func wholeClusters(word []rune, limit int) int {
	n := 0
	clusters := graphemes.FromString(string(word))
	for clusters.Next() {
		length := utf8.RuneCountInString(clusters.Value())
		if n+length > limit {
			break
		}
		n += length
	}
	return n
}

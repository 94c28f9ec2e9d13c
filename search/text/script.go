package text

import (
	"unicode"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

// unspaced are scripts that are written without spaces, or with compounds.
var unspaced = []*unicode.RangeTable{unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul, unicode.Bopomofo, unicode.Yi,
	unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar, unicode.Tai_Le, unicode.New_Tai_Lue, unicode.Tai_Tham, unicode.Tai_Viet,
	unicode.Javanese, unicode.Balinese}

// isUnspaced reports whether a rune belongs to a script that is cut into pairs of
// characters.
func isUnspaced(r rune) bool {
	return r >= '\u0e00' && (unicode.In(r, unspaced...) || r == 'ー' || r >= 'ｰ' && r <= 'ﾟ')
}

// script is how a rune makes words.
type script int

const (
	withSpaces script = iota
	withoutSpaces
	pictographs
)

func scriptOf(r rune) script {
	switch {
	case isUnspaced(r):
		return withoutSpaces
	case isPictograph(r):
		return pictographs
	}
	return withSpaces
}

// maxCluster bounds a character with its marks in bytes.
const maxCluster = 48

// clusters returns the characters of a run with their marks, at most a number of them.
func clusters(run string, limit int) []string {
	var out []string
	for it := graphemes.FromString(run); it.Next() && len(out) < limit; {
		out = append(out, shorten(it.Value(), maxCluster))
	}
	return out
}

// pairs returns neighbouring characters of a run, in order. A single character is itself.
func pairs(clusters []string) []string {
	if len(clusters) < 2 {
		return clusters
	}
	out := make([]string, len(clusters)-1)
	for i := range out {
		out[i] = clusters[i] + clusters[i+1]
	}
	return out
}

func firstRune(s string) rune {
	r, _ := utf8.DecodeRuneInString(s)
	return r
}

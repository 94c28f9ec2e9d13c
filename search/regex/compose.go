package regex

import (
	"regexp/syntax"
	"slices"

	"golang.org/x/text/unicode/norm"
)

// compose puts the literals of a tree into NFC, the form in which expressions see values.
// It reports whether that changed the tree. Classes stay as they are.
func compose(re *syntax.Regexp) (changed bool) {
	if re.Op == syntax.OpLiteral {
		composed := composed(re.Rune, re.Flags&syntax.FoldCase != 0)
		changed = !slices.Equal(composed, re.Rune)
		re.Rune = composed
		return changed
	}
	for _, sub := range re.Sub {
		if compose(sub) {
			changed = true
		}
	}
	return changed
}

// iota is the mark U+0345, which (?i) treats as the letter ι. The parser writes the mark
// for the letter, which must not join the letter before it.
const (
	iotaMark   = '\u0345'
	iotaLetter = 'ι'
)

func composed(runes []rune, fold bool) []rune {
	if fold {
		runes = slices.Clone(runes)
		for i, r := range runes {
			if r == iotaMark {
				runes[i] = iotaLetter
			}
		}
	}
	return []rune(norm.NFC.String(string(runes)))
}

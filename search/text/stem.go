package text

import (
	"strings"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
)

// Stem cuts the English endings off a folded word, as both engines do: the
// Porter2 algorithm of Snowball 2 (snowballstem.org/algorithms/english). Words
// with letters beyond ASCII stay as they are.
func Stem(word string) string {
	if strings.ContainsFunc(word, func(r rune) bool { return r >= 0x80 }) {
		return word
	}
	env := snowballstem.NewEnv(word)
	english.Stem(env)
	return env.Current()
}

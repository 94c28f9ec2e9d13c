package text

import (
	"hash/maphash"
	"strings"
	"sync/atomic"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/russian"
)

// Stem cuts the endings off a folded word: Snowball's English for ASCII, its Russian for
// Cyrillic letters, the article of Arabic words. Other words stay as they are.
func Stem(word string) string {
	if len(word) < 3 {
		return word
	}
	if isASCII(word) {
		if stem, ok := stems[word]; ok {
			return stem
		}
		return stemmed(word, english.Stem)
	}
	switch r := firstRune(word); {
	case unicode.Is(unicode.Cyrillic, r):
		return stemmed(word, russian.Stem)
	case unicode.Is(unicode.Arabic, r):
		return withoutArticle(word)
	}
	return word
}

// stems are words that the algorithm makes others of: box, train, universe, animation,
// police, import.
var stems = map[string]string{
	"boxing": "boxing", "training": "training", "university": "university", "universities": "university",
	"animal": "animal", "animals": "animal", "policy": "policy", "policies": "policy", "important": "important",
}

// memo has the stems of the words stemmed last, each in the slot of its hash. The
// algorithm takes microseconds.
var (
	memo [1 << 15]atomic.Pointer[[2]string]
	seed = maphash.MakeSeed()
)

func stemmed(word string, algorithm func(*snowballstem.Env) bool) string {
	slot := &memo[maphash.String(seed, word)%uint64(len(memo))]
	if known := slot.Load(); known != nil && known[0] == word {
		return known[1]
	}
	env := snowballstem.NewEnv(word)
	algorithm(env)
	word = strings.Clone(word) // it may be part of a long text
	stem := env.Current()
	slot.Store(&[2]string{word, stem})
	return stem
}

// minWithout is the length of what remains of a word without its article.
const minWithout = 3

// withoutArticle removes the Arabic article, also after و ب ك ف and in the form لل.
func withoutArticle(word string) string {
	for _, article := range []string{"وال", "بال", "كال", "فال", "لل", "ال"} {
		if rest, found := strings.CutPrefix(word, article); found && utf8.RuneCountInString(rest) >= minWithout {
			return rest
		}
	}
	return word
}

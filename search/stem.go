package search

import (
	"slices"
	"strings"
)

// stem cuts the English endings off a folded word, as both engines do: the
// Porter2 algorithm of Snowball 2 (snowballstem.org/algorithms/english). Words
// with letters beyond ASCII stay as they are.
func stem(word string) string {
	if irregular, ok := irregularStems[word]; ok {
		return irregular
	}
	if len(word) < 3 || strings.ContainsFunc(word, func(r rune) bool { return r >= 0x80 }) {
		return word
	}
	s := newStemmer(word)
	s.plural()
	if !invariant[string(s.word)] {
		s.pastAndGerund()
		s.finalY()
		s.replace(doubleEndings, s.r1)
		s.replace(adjectiveEndings, s.r1)
		s.cut()
		s.finalLetters()
	}
	return strings.ToLower(string(s.word))
}

var irregularStems = map[string]string{
	"skis": "ski", "skies": "sky", "dying": "die", "lying": "lie", "tying": "tie", "idly": "idl", "gently": "gentl", "ugly": "ugli",
	"early": "earli", "only": "onli", "singly": "singl", "sky": "sky", "news": "news", "howe": "howe", "atlas": "atlas", "cosmos": "cosmos",
	"bias": "bias", "andes": "andes",
}

// invariant are words that keep what remains of them without a plural.
var invariant = asSet("inning outing canning herring earring proceed exceed succeed")

// stemmer is a word on its way to its stem. A y that is a consonant is
// written Y.
type stemmer struct {
	word []byte
	// r1 and r2 are where endings may begin that need some word before them: behind
	// the first consonant that follows a vowel, and behind the next such.
	r1, r2 int
}

func newStemmer(word string) *stemmer {
	s := &stemmer{word: []byte(word)}
	for i, c := range s.word {
		if c == 'y' && (i == 0 || vowel(s.word[i-1])) {
			s.word[i] = 'Y'
		}
	}
	s.r1 = s.region(0)
	for _, prefix := range []string{"gener", "commun", "arsen"} {
		if strings.HasPrefix(word, prefix) {
			s.r1 = len(prefix)
		}
	}
	s.r2 = s.region(s.r1)
	return s
}

// region is the place behind the first consonant that follows a vowel.
func (s *stemmer) region(from int) int {
	for i := from + 1; i < len(s.word); i++ {
		if vowel(s.word[i-1]) && !vowel(s.word[i]) {
			return i + 1
		}
	}
	return len(s.word)
}

func vowel(c byte) bool { return strings.IndexByte("aeiouy", c) >= 0 }

func (s *stemmer) ends(suffix string) bool { return strings.HasSuffix(string(s.word), suffix) }

// longest is the longest of the suffixes that the word ends with, "" for none.
func (s *stemmer) longest(suffixes ...string) string {
	best := ""
	for _, suffix := range suffixes {
		if len(suffix) > len(best) && s.ends(suffix) {
			best = suffix
		}
	}
	return best
}

// swap puts another ending in the place of one.
func (s *stemmer) swap(suffix, ending string) {
	s.word = append(s.word[:len(s.word)-len(suffix)], ending...)
}

// voiced reports whether there is a vowel before the place.
func (s *stemmer) voiced(before int) bool {
	return before > 0 && slices.ContainsFunc(s.word[:before], vowel)
}

// short reports whether a short syllable ends before the place.
func (s *stemmer) short(end int) bool {
	w := s.word[:end]
	if end == 2 {
		return vowel(w[0]) && !vowel(w[1])
	}
	return end > 2 && !vowel(w[end-3]) && vowel(w[end-2]) && !vowel(w[end-1]) && strings.IndexByte("wxY", w[end-1]) < 0
}

// plural is step 1a.
func (s *stemmer) plural() {
	switch suffix := s.longest("sses", "ied", "ies", "us", "ss", "s"); suffix {
	case "sses":
		s.swap("es", "")
	case "ied", "ies":
		if len(s.word) > 4 {
			s.swap(suffix, "i")
		} else {
			s.swap(suffix, "ie")
		}
	case "s":
		if s.voiced(len(s.word) - 2) {
			s.swap("s", "")
		}
	}
}

// pastAndGerund is step 1b.
func (s *stemmer) pastAndGerund() {
	suffix := s.longest("eed", "eedly", "ed", "edly", "ing", "ingly")
	start := len(s.word) - len(suffix)
	if strings.HasPrefix(suffix, "eed") {
		if start >= s.r1 {
			s.swap(suffix, "ee")
		}
		return
	}
	if suffix == "" || !s.voiced(start) {
		return
	}
	s.swap(suffix, "")
	n := len(s.word)
	switch {
	case s.longest("at", "bl", "iz") != "":
		s.swap("", "e")
	case n > 1 && s.word[n-1] == s.word[n-2] && strings.IndexByte("bdfgmnprt", s.word[n-1]) >= 0:
		s.word = s.word[:n-1]
	case s.r1 >= n && s.short(n):
		s.swap("", "e")
	}
}

// finalY is step 1c.
func (s *stemmer) finalY() {
	if n := len(s.word); n > 2 && (s.word[n-1] == 'y' || s.word[n-1] == 'Y') && !vowel(s.word[n-2]) {
		s.word[n-1] = 'i'
	}
}

// doubleEndings are those of step 2, adjectiveEndings those of step 3, with what
// takes their place.
var (
	doubleEndings = map[string]string{
		"tional": "tion", "enci": "ence", "anci": "ance", "abli": "able", "entli": "ent", "izer": "ize", "ization": "ize",
		"ational": "ate", "ation": "ate", "ator": "ate", "alism": "al", "aliti": "al", "alli": "al", "fulness": "ful", "ousli": "ous",
		"ousness": "ous", "iveness": "ive", "iviti": "ive", "biliti": "ble", "bli": "ble", "ogi": "og", "fulli": "ful", "lessli": "less", "li": "",
	}
	adjectiveEndings = map[string]string{
		"tional": "tion", "ational": "ate", "alize": "al", "icate": "ic", "iciti": "ic", "ical": "ic", "ful": "", "ness": "", "ative": "",
	}
)

// replace changes the longest of the endings, if it begins in the region.
func (s *stemmer) replace(endings map[string]string, region int) {
	suffix := ""
	for ending := range endings {
		if len(ending) > len(suffix) && s.ends(ending) {
			suffix = ending
		}
	}
	start := len(s.word) - len(suffix)
	before := byte(0)
	if start > 0 {
		before = s.word[start-1]
	}
	switch {
	case suffix == "", start < region,
		suffix == "ogi" && before != 'l',
		suffix == "li" && strings.IndexByte("cdeghkmnrt", before) < 0,
		suffix == "ative" && start < s.r2:
		return
	}
	s.swap(suffix, endings[suffix])
}

// cut is step 4.
func (s *stemmer) cut() {
	suffix := s.longest("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ism", "ate", "iti", "ous", "ive", "ize", "ion")
	start := len(s.word) - len(suffix)
	if start < s.r2 || suffix == "ion" && (start == 0 || s.word[start-1] != 's' && s.word[start-1] != 't') {
		return
	}
	s.swap(suffix, "")
}

// finalLetters is step 5.
func (s *stemmer) finalLetters() {
	n := len(s.word) - 1
	if n < 1 {
		return
	}
	if e := s.word[n] == 'e' && (n >= s.r2 || n >= s.r1 && !s.short(n)); e || s.word[n] == 'l' && n >= s.r2 && s.word[n-1] == 'l' {
		s.word = s.word[:n]
	}
}

func asSet(words string) map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		m[w] = true
	}
	return m
}

package touch

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/textform"
)

// Terms are all words by which either engine may find a document in a search of kind
// Match.
type Terms struct {
	all []term
	// title is the form of the title that a whole query may equal.
	title string
	// foreign are letters beyond ASCII. The engines cut words with such letters at
	// different places, so one shared letter counts.
	foreign map[rune]bool
	// unclear reports whether the engines may fold a letter in different ways: then any
	// search may find the document.
	unclear bool
}

// term is a folded word and its stem, with the letters of each as bits.
type term struct {
	word, stem           string
	letters, stemLetters uint64
	// never reports whether PostgreSQL's index leaves the word out.
	never bool
}

// Len returns the number of words. Each takes some 100 bytes of memory.
func (t *Terms) Len() int { return len(t.all) }

// NewTerms returns the words of a document: of its searched values, of the names that
// it shows, of the slugs that it refers to, and the words for its year.
func NewTerms(d *storage.Document) *Terms {
	t := &Terms{title: textform.TitleKey(d.Label()), foreign: map[rune]bool{}}
	seen := map[string]bool{}
	for _, text := range append(shown(d), d.Label()) {
		t.addText(text, false, seen)
	}
	for _, text := range d.SearchedValues() {
		t.addText(text, true, seen)
	}
	return t
}

// shown returns the texts of a document, other than its label, in which every word
// counts: names, slugs, the year.
func shown(d *storage.Document) []string {
	var texts []string
	for _, names := range d.Names {
		texts = append(texts, names...)
	}
	for _, f := range d.Noun.References() {
		if ids, _ := d.Fields[f.Name].([]any); storage.NounByName(f.Type.Of.Reference).Slug {
			for _, id := range ids {
				texts = append(texts, id.(string))
			}
		}
	}
	if year, ok := d.Fields["release_year"].(int64); ok {
		decade := strconv.FormatInt(year/10*10, 10)
		texts = append(texts, strconv.FormatInt(year, 10), decade+"s", decade[max(0, len(decade)-2):]+"s")
	}
	return texts
}

// addText adds the words of a text that are not in seen. PostgreSQL's index leaves out
// the stop words of a description.
func (t *Terms) addText(value string, description bool, seen map[string]bool) {
	for _, words := range cuts(value) {
		for _, w := range slices.Concat(words, joints(words, nil)) {
			if seen[w] {
				continue
			}
			seen[w] = true
			s := text.Stem(w)
			t.all = append(t.all, term{word: w, stem: s, letters: letters(w), stemLetters: letters(s),
				never: description && text.EnglishStops[w]})
			noteForeign(w, t.foreign, &t.unclear)
		}
	}
}

// noteForeign adds the letters of a word that are beyond ASCII. The engines may fold
// Latin letters, and those of no script, in different ways.
func noteForeign(word string, foreign map[rune]bool, unclear *bool) {
	for _, r := range word {
		if r >= 0x80 {
			foreign[r] = true
			*unclear = *unclear || unicode.In(r, unicode.Latin, unicode.Common, unicode.Inherited)
		}
	}
}

// letters returns the letters of a word as bits. Words that are few edits apart differ
// in few bits.
func letters(word string) uint64 {
	var bits uint64
	for _, r := range word {
		bits |= 1 << (uint(r) % 64)
	}
	return bits
}

// cuts returns the words of a text in each way in which the engines cut it: points
// join or separate initials, and a fraction belongs to its number or is dropped.
func cuts(text string) [][]string {
	one := textform.Words(text)
	two := textform.Words(strings.Map(func(r rune) rune {
		switch {
		case r == '.', unicode.Is(unicode.No, r):
			return ' '
		case r == '´', r == 'ʼ':
			return '\''
		}
		return r
	}, text))
	if slices.Equal(one, two) {
		return [][]string{one}
	}
	return [][]string{one, two}
}

// maxInitials is how many single letters in a row may be one word, as in M*A*S*H.
const maxInitials = 8

// joints returns the words that neighbours make together: two words ("spider man"), or
// single letters. Two words that are both left out make none.
func joints(words []string, leftOut func(word string) bool) []string {
	var out []string
	for i := 1; i < len(words); i++ {
		if leftOut == nil || !leftOut(words[i-1]) || !leftOut(words[i]) {
			out = append(out, words[i-1]+words[i])
		}
	}
	single := func(i int) bool { return i < len(words) && len([]rune(words[i])) == 1 }
	for i := range words {
		for n := 1; n <= maxInitials && single(i+n-1); n++ {
			if n > 2 {
				out = append(out, strings.Join(words[i:i+n], ""))
			}
		}
	}
	return out
}

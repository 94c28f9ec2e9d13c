package touch

import (
	"slices"
	"strings"

	"marquee/search/text"
	"marquee/storage/textform"
)

// match is a text of kind Match, in every form that either engine takes for it.
// A document that shares none of them is not found, nor does it change what is.
type match struct {
	// words and stems are the words that have to be there, with what stands for
	// them.
	words, stems map[string]bool
	// typos are those that may be misspelt.
	typos []*typo
	// titles are the whole titles that the text may be.
	titles  map[string]bool
	foreign map[rune]bool
	unclear bool
}

// maxAsked is how many words and joints of words a text may have. A longer one,
// which is nobody's, counts as touched by every change of a searched object: so
// no more than about 10 KB are kept of a text.
const maxAsked = 40

func newMatch(query string) *match {
	m := &match{words: map[string]bool{}, stems: map[string]bool{}, titles: map[string]bool{}, foreign: map[rune]bool{}}
	loose, phrases := parts(query)
	pieces := slices.Concat(phrases, []string{loose})
	telling := false
	for _, p := range pieces {
		telling = telling || tells(p)
	}
	if strings.Contains(query, "„") { // a quote to one engine, none to the other
		telling = false
	}
	for i, p := range pieces {
		m.addPiece(p, telling && (i == len(phrases) || tells(p)))
	}
	if len(m.words) > maxAsked {
		return &match{unclear: true}
	}
	m.addTitles(query)
	return m
}

// parts are what stands in quotes in a text, and the rest.
func parts(text string) (loose string, phrases []string) {
	pieces := strings.Split(strings.NewReplacer("“", `"`, "”", `"`, "„", `"`).Replace(text), `"`)
	for i, p := range pieces {
		if i%2 == 1 && i < len(pieces)-1 {
			phrases = append(phrases, p)
		} else {
			loose += " " + p
		}
	}
	return loose, phrases
}

// tells reports whether a text has a word that no engine leaves out.
func tells(piece string) bool {
	for _, w := range textform.Words(piece) {
		if !text.EnglishStops[w] && !text.Noise[w] && w != "part" { // which Elasticsearch leaves out before numbers
			return true
		}
	}
	return false
}

// addPiece adds the words of a phrase or of what is no phrase; without those
// that both engines leave out, when others are there.
func (m *match) addPiece(piece string, telling bool) {
	leftOut := func(w string) bool { return telling && (text.Stops[w] || text.FilmWords[w]) }
	for _, words := range cuts(piece) {
		for _, w := range words {
			if !leftOut(w) {
				m.add(w)
				if runes := []rune(w); forgiven(len(runes)) > 0 {
					m.typos = append(m.typos, newTypo(runes, forgiven(len(runes))))
				}
				noteForeign(w, m.foreign, &m.unclear)
			}
		}
		for _, w := range joints(words, leftOut) {
			m.add(w)
		}
	}
}

// add adds a word and what stands for it.
func (m *match) add(word string) {
	for _, w := range slices.Concat(meanings[word], numerals[word]) {
		m.words[w], m.stems[text.Stem(w)] = true, true
	}
	m.words[word], m.stems[text.Stem(word)] = true, true
}

// addTitles adds the whole titles that the text may be, with and without the
// words that only say what is searched.
func (m *match) addTitles(query string) {
	m.titles[textform.TitleKey(query)] = true
	var rest []string
	for _, w := range textform.Words(query) {
		if !text.FilmWords[w] {
			rest = append(rest, w)
		}
	}
	if len(rest) > 0 {
		m.titles[textform.TitleKey(strings.Join(rest, " "))] = true
	}
}

// in reports whether a document has anything of the text.
func (m *match) in(t *Terms) bool {
	if m.unclear || t.unclear || m.titles[t.title] {
		return true
	}
	for r := range m.foreign {
		if t.foreign[r] {
			return true
		}
	}
	for i := range t.all {
		if m.words[t.all[i].word] || m.stems[t.all[i].stem] {
			return true
		}
	}
	for _, typo := range m.typos {
		for i := range t.all {
			if typo.of(&t.all[i]) {
				return true
			}
		}
	}
	return false
}

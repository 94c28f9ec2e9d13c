package touch

import (
	"slices"
	"strings"

	"marquee/search/text"
	"marquee/storage/textform"
)

// match is a text of kind Match, in every form that either engine accepts for it. A
// document that shares none of these forms is not found, and does not affect which
// documents are.
type match struct {
	// words and stems are the words that a document needs, with their synonyms.
	words, stems map[string]bool
	// typos are the words that may be misspelt.
	typos []*typo
	// titles are the whole titles that the text may be.
	titles  map[string]bool
	foreign map[rune]bool
	unclear bool
}

// maxAsked bounds the words and joined words of a text, so that it takes at most about
// 10 KB. Every change of a searched object touches a longer text.
const maxAsked = 40

func newMatch(query string) *match {
	m := &match{words: map[string]bool{}, stems: map[string]bool{}, titles: map[string]bool{}, foreign: map[rune]bool{}}
	loose, phrases := parts(query)
	pieces := slices.Concat(phrases, []string{loose})
	other := false // whether there is a distinctive word, beside which others are left out
	for _, p := range pieces {
		other = other || distinctive(p)
	}
	if strings.Contains(query, "„") { // a quote for only one of the engines
		other = false
	}
	for i, p := range pieces {
		m.addPiece(p, other && (i == len(phrases) || distinctive(p)))
	}
	if len(m.words) > maxAsked {
		return &match{unclear: true}
	}
	m.addTitles(query)
	return m
}

// parts splits a text into its quoted parts and the rest.
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

// distinctive reports whether a text has a word that no engine leaves out.
func distinctive(piece string) bool {
	for _, w := range textform.Words(piece) {
		if !text.EnglishStops[w] && !text.Noise[w] && w != "part" { // which Elasticsearch leaves out before numbers
			return true
		}
	}
	return false
}

// addPiece adds the words of a phrase, or of the text outside phrases. If other, it
// skips the words that both engines leave out.
func (m *match) addPiece(piece string, other bool) {
	leftOut := func(w string) bool { return other && (text.Stops[w] || text.FilmWords[w]) }
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

// add adds a word and its synonyms.
func (m *match) add(word string) {
	for _, w := range slices.Concat(meanings[word], numerals[word]) {
		m.words[w], m.stems[text.Stem(w)] = true, true
	}
	m.words[word], m.stems[text.Stem(word)] = true, true
}

// addTitles adds the whole titles that the text may be, with and without the words
// that only say that a film is searched.
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

// in reports whether a document shares a form of the text.
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

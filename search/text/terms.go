package text

import (
	"slices"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"marquee/storage"
)

// form changes with every change of the terms of a document, which includes tables of
// words. The versions of the Unicode tables are part of it.
const form = "8-" + unicode.Version + "-" + norm.Version

// Analysis is the analysis of this package; see storage.Analysis.
type Analysis struct{}

var _ storage.Analysis = Analysis{}

// Form identifies the analysis.
func (Analysis) Form() string { return form }

// Terms returns the terms of a document.
func (Analysis) Terms(d *storage.Document) *storage.Terms { return Terms(d) }

// The bounds of a document: a tsvector has at most 1 MiB, and positions to 16,383. The
// bounds in bytes are for words and their spellings. The lexemes of a name take up to four
// times as many bytes.
const (
	maxLabel, labelBytes = 500, 20 << 10
	maxNames, namesBytes = 2800, 70 << 10
	maxText, textBytes   = 10_000, 180 << 10
)

// nameGap is the number of places between two names.
const nameGap = 2

// Terms returns the terms of a document of a searched noun. The first words of very long
// values count.
func Terms(d *storage.Document) *storage.Terms {
	label := budget{maxLabel, labelBytes}
	words := label.cut(d.Label())
	t := &storage.Terms{Kinds: kinds(d), Flags: flags(d.Label(), words), Label: terms(words), Words: spelled(nil, words)}
	t.LabelForms = slices.Concat(forms(words), joined(words), labelForms(words), topicForms(t.Label))
	names := budget{maxNames, namesBytes}
	for _, name := range d.Names[storage.Person.Plural] {
		if words := names.cut(name); len(words) > 0 {
			names.places -= nameGap
			t.Names, t.Words = append(t.Names, terms(words)), spelled(t.Words, words)
			t.NameForms = append(append(t.NameForms, forms(words)...), joined(words)...)
		}
	}
	text := budget{maxText, textBytes}
	for _, f := range d.Noun.Searched {
		if value, _ := d.Fields[f].(string); f != d.Noun.Label {
			words := text.cut(value)
			run := terms(words)
			t.Text, t.Words = append(t.Text, run...), spelled(t.Words, words)
			t.TextForms = append(append(t.TextForms, forms(words)...), topicForms(run)...)
		}
	}
	for _, list := range []*[]string{&t.LabelForms, &t.NameForms, &t.TextForms, &t.Words} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return t
}

// budget is what remains of the bounds.
type budget struct{ places, bytes int }

// cut returns the words of a text that the budget has places for.
func (b *budget) cut(text string) []word { return b.bound(cut(text, max(0, b.places))) }

// bound returns the first of the words, those that the budget has places for.
func (b *budget) bound(words []word) []word {
	for i := range words {
		w := &words[i]
		w.clusters = w.clusters[:min(len(w.clusters), b.places)]
		b.places -= max(1, len(w.clusters))
		if b.bytes -= len(w.text) + len(w.full) + len(w.other) + len(w.part) + len(w.clusters); b.places < 0 || b.bytes < 0 {
			return words[:i]
		}
	}
	return words
}

// terms returns the terms of words, in order: stems, pairs of characters, pictographs.
func terms(words []word) []string {
	out := make([]string, 0, len(words))
	for i := range words {
		out = words[i].appendTerms(out)
	}
	return out
}

func (w *word) appendTerms(out []string) []string {
	if w.clusters != nil {
		return append(out, pairs(w.clusters)...)
	}
	return append(out, Stem(w.text))
}

// forms returns the terms of eachForm.
func forms(words []word) []string { return collect(words, eachForm) }

// joined returns the terms of eachJoined.
func joined(words []word) []string { return collect(words, eachJoined) }

func collect(words []word, each func([]word, visitor)) []string {
	var out []string
	each(words, func(term string, _, _ spot) { out = append(out, term) })
	return out
}

// eachForm visits further terms of words: other spellings, neighbours with a hyphen as one
// word, the characters of runs, and the pair of characters between two runs.
func eachForm(words []word, visit visitor) {
	for i := range words {
		w := &words[i]
		here := spot{i, 0}
		for _, s := range w.spellings() {
			visit(Stem(s), here, here)
		}
		if w.part != "" {
			visit(Stem(w.part), here, here)
		}
		if i > 0 && w.glued {
			if s := join(words, i-1); s != "" {
				visit(s, spot{i - 1, 0}, here)
			}
		}
		if len(w.clusters) > 1 {
			for c, s := range w.clusters {
				visit(s, spot{i, c}, spot{i, c})
			}
		}
		if i > 0 && len(w.clusters) > 0 && len(words[i-1].clusters) > 0 {
			last := len(words[i-1].clusters) - 1
			visit(words[i-1].clusters[last]+w.clusters[0], spot{i - 1, last}, here)
		}
	}
}

// eachJoined visits the stems of neighbours written as one word: spiderman for
// "Spider-Man".
func eachJoined(words []word, visit visitor) {
	for i := range words[:max(len(words)-1, 0)] {
		if s := join(words, i); s != "" {
			visit(s, spot{i, 0}, spot{i + 1, 0})
		}
	}
}

// join returns the stem of a word joined with the next one, "" for two numbers, for runs
// and for pictographs.
func join(words []word, i int) string {
	a, b := &words[i], &words[i+1]
	if a.clusters != nil || b.clusters != nil || a.symbol || b.symbol || isNumber(a.text) && isNumber(b.text) {
		return ""
	}
	return Stem(shortenWord(a.text + b.text))
}

// spelled appends the words that may be misspelt.
func spelled(out []string, words []word) []string {
	for i := range words {
		out = words[i].appendSpelled(out)
	}
	return out
}

func (w *word) appendSpelled(out []string) []string {
	if w.clusters != nil || w.symbol {
		return out
	}
	out = append(append(out, w.text), w.spellings()...)
	if w.part != "" {
		out = append(out, w.part)
	}
	return out
}

package text

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"marquee/storage"
)

const (
	// MaxMeant bounds the texts of Meant. Each costs a search.
	MaxMeant = 5
	// longest is the length of the longest text that can be searched for, in runes.
	longest = 200
)

// Meant returns texts that may be meant in place of one: with words of the vocabulary in
// place of needed words that it does not have, the best text first. The rest stays as it is
// written. A word without a near one stays, too: it may be one with its neighbour. There are
// no texts if no word is replaced. Phrased are the words of phrases that were looked up.
func Meant(ctx context.Context, text string, n *storage.Noun, v Vocabulary) (texts, phrased []string, err error) {
	found, phrased := needed(text)
	var terms []string
	for i := range found {
		terms = append(terms, storage.WordMark+found[i].word)
	}
	counts, err := v.Counts(ctx, n, terms)
	if err != nil {
		return nil, nil, err
	}
	near := map[string][]Near{}
	var unknown []string // those that can be replaced
	for i := range found {
		word := found[i].word
		if _, known := near[word]; known || counts[storage.WordMark+word] > 0 || len(unknown) == maxCorrected {
			continue
		}
		if near[word], err = nearest(ctx, n, v, word); err != nil {
			return nil, nil, err
		}
		if len(near[word]) > 0 {
			unknown = append(unknown, word)
		}
	}
	if len(unknown) == 0 {
		return nil, phrased, nil
	}
	for _, choice := range choices(unknown, near) {
		if s := replaced(text, found, choice); utf8.RuneCountInString(s) <= longest {
			texts = append(texts, s)
		}
	}
	return texts, phrased, nil
}

// written is a needed word of a text, folded, and its place in bytes.
type written struct {
	word  string
	place Span
}

// needed returns the words of a text that a search needs and that may be misspelt, in order.
// Of those in phrases, phrased are the first ones.
func needed(text string) (found []written, phrased []string) {
	q := Parse(text)
	isNeeded := func(w string) bool { return slices.ContainsFunc(q.Groups, func(g Group) bool { return g.Word == w }) }
	phrases := 0
	for _, p := range pieces(text) {
		words := newPlaced(p.text, maxWords)
		isPhrase := p.quoted && len(terms(words.words)) > 1 && phrases < maxPhrases
		if isPhrase {
			phrases++
		}
		for i := range words.words {
			w := &words.words[i]
			switch {
			case w.clusters != nil || w.symbol || MaxEdits(w.text) == 0:
				continue
			case !isPhrase && !isNeeded(w.text):
				continue
			case isPhrase && stops[w.text]:
				continue // it is no typo, and every change has one
			case isPhrase && !slices.Contains(phrased, w.text):
				if len(phrased) == maxCorrected {
					continue
				}
				phrased = append(phrased, w.text)
			}
			place := words.origin(int(w.core), int(w.to))
			found = append(found, written{w.text, Span{p.at + place.From, p.at + place.To}})
		}
	}
	return found, phrased
}

// choices returns the best words to replace unknown ones by: first the best of each, then
// with the next best of one.
func choices(unknown []string, near map[string][]Near) []map[string]string {
	type choice struct {
		rank int
		of   []int
	}
	all := []choice{{}}
	for _, word := range unknown {
		var longer []choice
		for _, c := range all {
			for i := range near[word] {
				longer = append(longer, choice{c.rank + i, append(slices.Clone(c.of), i)})
			}
		}
		slices.SortStableFunc(longer, func(a, b choice) int { return cmp.Compare(a.rank, b.rank) })
		all = longer[:min(len(longer), MaxMeant)]
	}
	out := make([]map[string]string, len(all))
	for i, c := range all {
		out[i] = map[string]string{}
		for j, word := range unknown {
			out[i][word] = near[word][c.of[j]].Word
		}
	}
	return out
}

// replaced returns a text with other words.
func replaced(text string, found []written, by map[string]string) string {
	var b strings.Builder
	at := 0
	for _, w := range found {
		if other := by[w.word]; other != "" && w.place.From >= at {
			b.WriteString(text[at:w.place.From] + other)
			at = w.place.To
		}
	}
	return b.String() + text[at:]
}

package text

import (
	"slices"
	"strings"
)

// Query is the text of a search by words, analysed. An object matches it strictly if it
// has every group and every phrase, or the flag Whole.
type Query struct {
	// Groups are the needed words. Optional ones only affect the order.
	Groups, Optional []Group
	// Phrases are runs of terms, one of which may be in Label, Text or one of Names of
	// storage.Terms. A phrase has at least two terms.
	Phrases [][]string
	// Pairs are the terms of needed neighbours, for the order.
	Pairs [][2]string
	// Whole, Same, Loose and Head are the flags of labels that equal the whole text, in
	// falling order of what they say; see storage.Terms.Flags. One that no label can
	// have is "".
	Whole, Same, Loose, Head string
	// Within has the flags of whole labels within the text by their length in words.
	Within map[int][]string
	// OfGenre reports whether every group names a genre.
	OfGenre bool
}

// Group is a word of a query and the terms that satisfy it.
type Group struct {
	// Word is the word, folded; Stem is its term.
	Word, Stem string
	// Variants are terms that mean the same: the word joined with its neighbour, a
	// number in digits, another spelling.
	Variants []string
	// Kinds are terms of genres and years.
	Kinds []string
	// Synonyms are terms of near synonyms.
	Synonyms []string
	// Objects is the number of objects that have the stem, and Near are words that Word
	// may be a typo of. Correct sets both.
	Objects int
	Near    []Near
}

// Near is a word of the vocabulary that a word may be a typo of.
type Near struct {
	Word    string
	Edits   int
	Objects int
}

// Terms returns all terms that satisfy the group, the stem first. Words of Near count in
// relaxed searches only.
func (g *Group) Terms() []string {
	return slices.Concat([]string{g.Stem}, g.Variants, g.Kinds, g.Synonyms)
}

// Enough is how many groups an object needs in a relaxed search. One of three may be the
// only one that the catalogue knows; one of many is chance. With phrases, all phrases
// are needed and no group is.
func (q *Query) Enough() int {
	if len(q.Phrases) > 0 {
		return 0
	}
	return max(1, len(q.Groups)/3)
}

// RelaxBelow is the number of strict matches below which a search is relaxed. Relaxing
// only at 0 ranks far worse: NDCG@10 on topical queries is 0.50 instead of 0.65.
const RelaxBelow = 10

// Parse reads a text. Every text is valid: a quote without its pair means nothing.
func Parse(text string) *Query {
	all := words(text)
	q := &Query{Whole: flag(wholeFlag, whole(text)), Same: flag(sameFlag, same(text))}
	if form := loose(all); form != "" {
		q.Loose, q.Head = flag(looseFlag, form), flag(headFlag, form)
	}
	q.Within = within(all)
	rest := q.cutPhrases(text)
	groups := make([]Group, len(rest))
	for i := range rest {
		groups[i] = group(rest, i)
	}
	q.divide(groups)
	return q
}

var quotes = strings.NewReplacer("“", `"`, "”", `"`, "„", `"`)

// cutPhrases takes the quoted phrases out of a text and returns the other words.
func (q *Query) cutPhrases(text string) []string {
	var rest []string
	parts := strings.Split(quotes.Replace(text), `"`)
	for i, p := range parts {
		w := words(p)
		if i%2 == 1 && i+1 < len(parts) && len(w) > 1 {
			q.Phrases = append(q.Phrases, stems(w))
		} else {
			rest = append(rest, w...)
		}
	}
	return rest
}

// group makes the group of a word of a query.
func group(all []string, i int) Group {
	w := all[i]
	g := Group{Word: w, Stem: Stem(w)}
	if n := digits(w, i > 0); n != "" {
		g.Variants = append(g.Variants, numberMark+n)
	}
	for _, j := range []int{i - 1, i} {
		if j >= 0 && j+1 < len(all) && !(IsNumber(all[j]) && IsNumber(all[j+1])) {
			g.Variants = append(g.Variants, Stem(all[j]+all[j+1]))
		}
	}
	g.Kinds = append(g.Kinds, genreMark+g.Stem)
	for part := range strings.SplitSeq(GenreWords[w], "|") {
		for _, name := range words(part) {
			g.Kinds = append(g.Kinds, genreMark+Stem(name))
		}
	}
	if y := years(w); y != "" {
		g.Kinds = append(g.Kinds, y)
	}
	return g
}

// divide separates the needed groups from those that only rank, unless no other would
// remain.
func (q *Query) divide(groups []Group) {
	for _, level := range []func(string) bool{
		func(w string) bool { return Stops[w] || Noise[w] },
		func(w string) bool { return Stops[w] },
		func(string) bool { return false },
	} {
		q.Groups, q.Optional = nil, nil
		for _, g := range groups {
			if level(g.Word) {
				q.Optional = append(q.Optional, g)
			} else {
				q.Groups = append(q.Groups, g)
			}
		}
		if len(q.Groups)+len(q.Phrases) > 0 {
			break
		}
	}
	for i := 1; i < len(q.Groups); i++ {
		q.Pairs = append(q.Pairs, [2]string{q.Groups[i-1].Stem, q.Groups[i].Stem})
	}
}

// maxWithin is the length, in words, of the longest title that is searched in a query.
const maxWithin = 6

// within returns the flags of whole titles within a query: "casino royale james bond". A
// single word does not count, since it may be any word.
func within(words []string) map[int][]string {
	out := map[int][]string{}
	for n := 2; n < min(len(words), maxWithin+1); n++ {
		for i := 0; i+n <= len(words); i++ {
			out[n] = append(out[n], flag(looseFlag, loose(words[i:i+n])))
		}
	}
	return out
}

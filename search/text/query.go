package text

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"marquee/storage/textform"
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
	// genre reports whether the word names a genre. optional groups only rank.
	genre, optional bool
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

// The bounds of a query. Later words and phrases do not count, but for whole titles.
const (
	maxGroups   = 24
	maxOptional = 8
	maxPhrases  = 8
	// maxWords bounds the words that are read. A text has 200 characters.
	maxWords = 200
)

// Parse reads a text. Every text is valid: a quote without its pair means nothing.
func Parse(text string) *Query {
	all := cut(text, maxWords)
	q := &Query{Whole: flag(wholeFlag, whole(text, all)), Same: flag(sameFlag, textform.Fold(text)), Within: within(all)}
	if form := loose(all); form != "" {
		q.Loose, q.Head = flag(looseFlag, form), flag(headFlag, form)
	}
	q.divide(genres(groups(q.cutPhrases(text))))
	return q
}

// cutPhrases takes the quoted phrases out of a text and returns the other words.
func (q *Query) cutPhrases(text string) []word {
	var rest []word
	parts := unquote(text)
	for i, p := range parts {
		words := cut(p, maxWords)
		if phrase := terms(words); i%2 == 1 && i+1 < len(parts) && len(phrase) > 1 && len(q.Phrases) < maxPhrases {
			q.Phrases = append(q.Phrases, phrase)
		} else {
			rest = append(rest, words...)
		}
	}
	return rest
}

// unquote cuts a text at its quotes of any kind: every second part was quoted if another
// follows. A quote between two Hebrew letters marks an abbreviation.
func unquote(text string) []string {
	runes := []rune(text)
	hebrew := func(i int) bool { return i >= 0 && i < len(runes) && unicode.Is(unicode.Hebrew, runes[i]) }
	var parts []string
	from := 0
	for i, r := range runes {
		if unicode.Is(unicode.Quotation_Mark, r) && !strings.ContainsRune("'’‘＇‚‛", r) && (!hebrew(i-1) || !hebrew(i+1)) {
			parts = append(parts, string(runes[from:i]))
			from = i + 1
		}
	}
	return append(parts, string(runes[from:]))
}

// groups makes a group of each term of the words.
func groups(words []word) []Group {
	var out []Group
	found := numbers(words)
	for i := range words {
		w := &words[i]
		if w.clusters != nil {
			for _, term := range pairs(w.clusters) {
				out = append(out, Group{Word: term, Stem: term, Kinds: []string{genreMark + term}})
			}
			continue
		}
		for len(found) > 0 && found[0].to <= i {
			found = found[1:]
		}
		g := group(words, i)
		if len(found) > 0 && found[0].from <= i {
			g.Variants = append(g.Variants, numberMark+strconv.Itoa(found[0].value))
		}
		g.optional = Stops[w.text] || w.text == "part" && i > 0 && len(found) > 0 && found[0].from == i+1 ||
			w.text == "set" && i+1 < len(words) && words[i+1].text == "in" // "films set in Rome"
		out = append(out, g)
	}
	return withTopics(out)
}

// group makes the group of a word.
func group(words []word, i int) Group {
	w := &words[i]
	g := Group{Word: w.text, Stem: Stem(w.text)}
	for _, s := range slices.Concat(w.spellings(), lookalikes(w.text)) {
		g.Variants = append(g.Variants, Stem(s))
	}
	for _, j := range []int{i - 1, i} {
		if j >= 0 && j+1 < len(words) {
			g.Variants = append(g.Variants, join(words, j))
		}
	}
	g.Variants = slices.DeleteFunc(g.Variants, func(s string) bool { return s == "" || s == g.Stem })
	g.Kinds = append(g.Kinds, genreMark+g.Stem)
	if y := years(w.text); y != "" {
		g.Kinds = append(g.Kinds, y)
	}
	return g
}

// divide separates the needed groups from those that only rank, unless no other would
// remain.
func (q *Query) divide(groups []Group) {
	for _, level := range []func(*Group) bool{
		func(g *Group) bool { return g.optional || Noise[g.Word] },
		func(g *Group) bool { return Stops[g.Word] },
		func(*Group) bool { return false },
	} {
		q.Groups, q.Optional = nil, nil
		for i := range groups {
			switch g := groups[i]; {
			case !level(&g) && len(q.Groups) < maxGroups:
				q.Groups = append(q.Groups, g)
			case level(&g) && len(q.Optional) < maxOptional:
				q.Optional = append(q.Optional, g)
			}
		}
		if len(q.Groups)+len(q.Phrases) > 0 {
			break
		}
	}
	q.OfGenre = len(q.Groups) > 0 && len(q.Phrases) == 0
	for i := range q.Groups {
		q.OfGenre = q.OfGenre && q.Groups[i].genre
		if i > 0 && q.Groups[i-1].Word != q.Groups[i].Word {
			q.Pairs = append(q.Pairs, [2]string{q.Groups[i-1].Stem, q.Groups[i].Stem})
		}
	}
}

// maxWithin is the length, in words, of the longest title that is searched in a query.
const maxWithin = 6

// within returns the flags of whole titles within a query: "casino royale james bond". A
// single word does not count, since it may be any word.
func within(words []word) map[int][]string {
	words = words[:min(len(words), maxGroups)]
	out := map[int][]string{}
	for n := 2; n < min(len(words), maxWithin+1); n++ {
		for i := 0; i+n <= len(words); i++ {
			out[n] = append(out[n], flag(looseFlag, loose(words[i:i+n])))
		}
	}
	return out
}

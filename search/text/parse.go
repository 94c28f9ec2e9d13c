package text

import (
	"slices"
	"strconv"
	"strings"
	"unicode"

	"marquee/storage"
	"marquee/storage/textform"
)

// The bounds of a query. Later words and phrases do not count, but for whole titles.
const (
	maxGroups   = 24
	maxOptional = 8
	maxPhrases  = 8
	// maxWords bounds the words that are read. A text has 200 characters.
	maxWords = 200
)

// Parse reads a text. Every text is valid: a quote without its pair means nothing.
func Parse(text string) *Query { return ParseWith(text, nil) }

// ParseWith is Parse with synonyms.
func ParseWith(text string, rules *storage.SynonymRules) *Query {
	all := cut(text, maxWords)
	form := whole(text, all)
	q := &Query{form: form, Whole: flag(wholeFlag, form), Same: flag(sameFlag, textform.Fold(text)), Within: within(all)}
	if form = loose(all); form != "" {
		q.Loose, q.Head = flag(looseFlag, form), flag(headFlag, form)
	}
	q.addShort(all)
	words := groups(q.cutPhrases(text))
	q.addSynonyms(words, rules)
	q.divide(genres(words))
	return q
}

// cutPhrases takes the quoted phrases out of a text and returns the other words.
func (q *Query) cutPhrases(text string) []word {
	var rest []word
	parts := unquote(text)
	apart := false
	for i, p := range parts {
		words, quoted := cut(p, maxWords), i%2 == 1 && i+1 < len(parts)
		if phrase := terms(words); quoted && len(phrase) > 1 && len(q.Phrases) < maxPhrases {
			q.Phrases = append(q.Phrases, phrase)
			apart = true
			continue
		}
		for j := range words {
			words[j].literal, words[j].apart = quoted, apart
			apart = false
		}
		rest = append(rest, words...)
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
			for j, term := range pairs(w.clusters) {
				out = append(out, Group{Word: term, Stem: term, Kinds: []string{genreMark + term}, literal: w.literal, apart: w.apart && j == 0})
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
		next := ""
		if i+1 < len(words) {
			next = words[i+1].text
		}
		g.optional = stops[w.text] || w.text == "part" && i > 0 && len(found) > 0 && found[0].from == i+1 || w.text == "set" && next == "in"
		out = append(out, g)
	}
	return withTopics(out)
}

// group makes the group of a word.
func group(words []word, i int) Group {
	w := &words[i]
	g := Group{Word: w.text, Stem: Stem(w.text), literal: w.literal, apart: w.apart}
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
	y := years(w.text)
	if y != "" {
		g.Kinds = append(g.Kinds, y)
	}
	g.number = y != "" || isNumber(w.text)
	return g
}

// divide separates the needed groups from those that only rank, unless no other would
// remain.
func (q *Query) divide(groups []Group) {
	for _, level := range []func(*Group) bool{
		func(g *Group) bool { return g.optional || noise[g.Word] },
		func(g *Group) bool { return stops[g.Word] },
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

// addShort adds the text without the words that only say that a film is searched: "shining
// film" is the whole title The Shining.
func (q *Query) addShort(words []word) {
	rest := slices.DeleteFunc(slices.Clone(words), func(w word) bool { return filmWords[w.text] })
	if n := min(len(words), maxWithin); n > 1 && len(rest) > 0 && len(rest) < len(words) {
		q.Within[n] = append(q.Within[n], flag(looseFlag, loose(rest)))
	}
}

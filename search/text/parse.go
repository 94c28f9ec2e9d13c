package text

import (
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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
	apart := false
	for _, p := range pieces(text) {
		words := cut(p.text, maxWords)
		if phrase := terms(words); p.quoted && len(phrase) > 1 && len(q.Phrases) < maxPhrases {
			q.Phrases = append(q.Phrases, phrase)
			apart = true
			continue
		}
		for j := range words {
			words[j].literal, words[j].apart = p.quoted, apart
			apart = false
		}
		rest = append(rest, words...)
	}
	return rest
}

// piece is a part of a text between quotes of any kind, and its place in bytes.
type piece struct {
	text   string
	at     int
	quoted bool
}

// pieces cuts a text at its quotes: every second piece is quoted if another one follows. A
// quote between two Hebrew letters marks an abbreviation.
func pieces(text string) []piece {
	var out []piece
	from, last := 0, ' '
	for at, r := range text {
		_, size := utf8.DecodeRuneInString(text[at:])
		next, _ := utf8.DecodeRuneInString(text[at+size:])
		if unicode.Is(unicode.Quotation_Mark, r) && !strings.ContainsRune("'’‘＇‚‛", r) && (!unicode.Is(unicode.Hebrew, last) || !unicode.Is(unicode.Hebrew, next)) {
			out = append(out, piece{text[from:at], from, len(out)%2 == 1})
			from = at + size
		}
		last = r
	}
	return append(out, piece{text: text[from:], at: from})
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

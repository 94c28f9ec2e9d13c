package postgres

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"marquee/search/text"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/schema"
)

// The scores of an object. A whole title scores more than all else, and all words score
// more than the rest.
const (
	wholeScore  = 10000
	sameScore   = 5000 // added to wholeScore if accents are equal, too
	strictScore = 1000 // the object has all words, in a relaxed search
	// the object has all words themselves, where others have alternatives
	literalScore = 2000
	looseScore   = 60 // the title equals the text except for articles, spaces, numbers
	headScore    = 12 // so does the title up to its subtitle
	withinScore  = 6  // for each word of a whole title within a longer text
	firstScore   = 5  // the film is not a later part of a series
	groupScore   = 8  // for each word that the object has, in a relaxed search
	kindScore    = 10 // a genre or a year that a word names
	genreScore   = 25 // the same if all words name genres
	pairScore    = 5  // for neighbours in the text that are neighbours in a title or name
)

// The shares of a word's rarity that its places and forms count. Weights of ts_rank are at
// most 1, so they are halves here.
const (
	fieldWeights = "'{0,0.5,0.72,0.85}'" // genres, description, names, title
	// rankScale makes 1 of the ts_rank of a word that is once in a description.
	rankScale    = 2 * 1.64493406685
	titleShare   = 0.5 // added for a word of the title, more for a short title
	variantShare = 0.8
	synonymShare = 0.5
	nearShare    = 0.5
	otherShare   = 0.4  // of a text that editors take for the word
	genreShare   = 0.15 // of all words that name genres
)

// rank writes the order of the matches: a whole number, the lowest first.
func (w *wanted) rank(relaxed bool) listing.Clause {
	return func(arg func(any) string) string {
		score := append(w.labels(arg), w.popularity())
		score = append(score, "(SELECT "+strings.Join(w.closeness(relaxed, arg), " + ")+
			" FROM (SELECT f.terms, ts_filter(f.terms, '{a}') AS label FROM (SELECT ts_filter(t.terms, '{a,b,c,d}') AS terms OFFSET 0) f OFFSET 0) t)")
		return "(-1000000 * (" + strings.Join(score, " + ") + "))::bigint"
	}
}

// labels writes the scores of flags. The index finds the few objects that have one.
func (w *wanted) labels(arg func(any) string) []string {
	flag := func(score int, flags ...string) string {
		return fmt.Sprintf("(t.id IN (SELECT f.id FROM %s f WHERE f.terms @@ %s::tsquery))::int * %d", w.noun.Plural, arg(string(anyOf("", flags...))), score)
	}
	var out []string
	for i, f := range []string{w.Whole, w.Same, w.Loose, w.Head} {
		if f != "" {
			out = append(out, flag([]int{wholeScore, sameScore, looseScore, headScore}[i], f))
		}
	}
	for n, flags := range w.Within {
		if len(flags) > 0 {
			out = append(out, flag(withinScore*n, flags...))
		}
	}
	return out
}

// popularity writes a score of at most 5. It orders films that match equally.
func (w *wanted) popularity() string {
	if w.noun.Field("views") == nil {
		return "0"
	}
	return fmt.Sprintf("0.28 * coalesce(t.imdb_rating, 5) + 0.14 * ln(1 + %s) + 0.07 * ln(1 + %s)",
		schema.CounterOf(w.noun, "likes"), schema.CounterOf(w.noun, "views"))
}

// closeness writes the scores of the words.
func (w *wanted) closeness(relaxed bool, arg func(any) string) []string {
	share, kind := 1.0, kindScore
	if w.OfGenre {
		share, kind = genreShare, genreScore
	}
	var out, titles []string
	for i := range w.Groups {
		g := &w.Groups[i]
		out = append(out, fmt.Sprintf("%g * greatest(%s)", share, strings.Join(w.fits(g, relaxed, arg), ", ")))
		if len(g.Kinds) > 0 {
			out = append(out, fmt.Sprintf("(%s)::int * %d", anyOf("", g.Kinds...).in(arg), kind))
		}
		if relaxed {
			out = append(out, fmt.Sprintf("(%s)::int * %d", meant(g).in(arg), groupScore))
		}
	}
	for _, g := range slices.Concat(w.Groups, w.Optional) {
		titles = append(titles, fmt.Sprintf("%g * (%s)::int", w.rarity(g.Stem), label(g.Stem, arg)))
	}
	if len(titles) > 0 {
		// A label of n words has about 2n terms.
		out = append(out, fmt.Sprintf("%g * (%s) / (0.78 + 0.07 * length(t.label))", titleShare, strings.Join(titles, " + ")))
	}
	if relaxed {
		out = append(out, fmt.Sprintf("(%s)::int * %d", strict(w.Query).in(arg), strictScore))
	}
	if w.HasAlternatives() {
		out = append(out, fmt.Sprintf("(%s)::int * %d", literal(w.Query).in(arg), literalScore))
	}
	for _, p := range w.Pairs {
		out = append(out, fmt.Sprintf("(%s)::int * %d", run(p[:], "AB").in(arg), pairScore))
	}
	if schema.Of(w.noun).Credited() {
		out = append(out, fmt.Sprintf("(NOT t.label @@ %s::tsquery)::int * %d", arg(string(anyOf("", text.LaterParts()...))), firstScore))
	}
	return append(out, "0")
}

func label(stem string, arg func(any) string) string {
	return "t.label @@ " + arg(string(lexeme(stem, ""))) + "::tsquery"
}

// fits writes how well each form of a group fits.
func (w *wanted) fits(g *text.Group, relaxed bool, arg func(any) string) []string {
	var out []string
	query := func(q tsquery, weight float64) {
		out = append(out, fmt.Sprintf("%g * ts_rank(%s, t.terms, %s::tsquery)", weight*rankScale, fieldWeights, arg(string(q))))
	}
	fit := func(term string, share float64) { query(lexeme(term, ""), w.rarity(term)*share) }
	fit(g.Stem, 1)
	for _, v := range g.Variants {
		fit(v, variantShare)
	}
	for _, s := range g.Synonyms {
		fit(s, synonymShare)
	}
	for _, a := range g.Alternatives {
		fit(a, otherShare)
	}
	for _, r := range g.Runs {
		rarest := slices.MinFunc(r, func(a, b string) int { return cmp.Compare(w.counts[a], w.counts[b]) })
		query(run(r, ""), w.rarity(rarest)*otherShare)
	}
	if relaxed {
		for _, n := range g.Near {
			fit(text.Stem(n.Word), nearShare/float64(n.Edits))
		}
	}
	return out
}

// meant is satisfied by objects that have a group, perhaps misspelt. Unlike meaning, it
// needs no words, which ts_filter leaves out.
func meant(g *text.Group) tsquery {
	terms := g.Terms()
	for _, n := range g.Near {
		terms = append(terms, text.Stem(n.Word))
	}
	return join("|", anyOf("", terms...), runs(g))
}

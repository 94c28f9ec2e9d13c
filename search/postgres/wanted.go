package postgres

import (
	"cmp"
	"context"
	"math"
	"slices"

	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/postgres"
)

// wanted is the text of a search by words, and what a snapshot has of it.
type wanted struct {
	*text.Query
	noun *storage.Noun
	// counts has how many objects have each term of the text.
	counts map[string]int
	// estimate is about how many objects there are.
	estimate int
	// ranked is how many matches are ranked; see Engine.
	ranked int
	// version is a version of the catalogue that the snapshot and the synonyms show.
	version int64
	// rules are the synonyms of the text.
	rules *storage.SynonymRules
	// none reports whether no object has all words. The search sets it.
	none bool
}

// newWanted analyses a text.
func newWanted(ctx context.Context, v *postgres.Snapshot, q *storage.Query, ranked int) (*wanted, error) {
	rules, synonyms, err := q.Text.Rules(ctx, q.AtLeast)
	if err != nil {
		return nil, err
	}
	version, err := v.Version(ctx)
	if err != nil {
		return nil, err
	}
	w := &wanted{Query: text.ParseWith(q.Text.Query, rules), noun: q.Noun, ranked: ranked, rules: rules, version: min(version, synonyms)}
	words := vocabulary{v}
	if err := w.Correct(ctx, q.Noun, words); err != nil {
		return nil, err
	}
	terms := slices.Concat(w.Phrases...)
	for _, g := range slices.Concat(w.Groups, w.Optional) {
		terms = append(append(terms, g.Terms()...), slices.Concat(g.Runs...)...)
		for _, n := range g.Near {
			terms = append(terms, text.Stem(n.Word), storage.WordMark+n.Word)
		}
	}
	if w.counts, err = words.Counts(ctx, q.Noun, terms); err != nil {
		return nil, err
	}
	w.prune()
	w.estimate, err = v.Estimate(ctx, q.Noun)
	return w, err
}

// prune leaves out the further terms of groups that no object has: most joined neighbours.
// A search reads a list for each term, and compares each object with it.
func (w *wanted) prune() {
	for _, groups := range [][]text.Group{w.Groups, w.Optional} {
		for i := range groups {
			g := &groups[i]
			g.Variants, g.Kinds, g.Synonyms, g.Alternatives = w.known(g.Variants), w.known(g.Kinds), w.known(g.Synonyms), w.known(g.Alternatives)
			g.Runs = slices.DeleteFunc(slices.Clone(g.Runs), func(run []string) bool { return w.least(run) == 0 })
		}
	}
}

// byRarity returns the groups, the rarest first.
func (w *wanted) byRarity() []*text.Group {
	groups := make([]*text.Group, len(w.Groups))
	for i := range w.Groups {
		groups[i] = &w.Groups[i]
	}
	slices.SortStableFunc(groups, func(a, b *text.Group) int { return cmp.Compare(w.most(a), w.most(b)) })
	return groups
}

// most is at least the number of objects that have a group, perhaps misspelt.
func (w *wanted) most(g *text.Group) int {
	n := 0
	for _, t := range g.Terms() {
		n += w.counts[t]
	}
	for _, run := range g.Runs {
		n += w.least(run)
	}
	for _, near := range g.Near {
		n += w.counts[storage.WordMark+near.Word]
	}
	return n
}

// least is at least the number of objects that have a run.
func (w *wanted) least(run []string) int {
	n := math.MaxInt
	for _, term := range run {
		n = min(n, w.counts[term])
	}
	return n
}

// bound is at least the number of matches, except for a few whole titles.
func (w *wanted) bound(relaxed bool) int {
	least, sum := math.MaxInt, 0
	for _, p := range w.Phrases {
		least = min(least, w.least(p))
	}
	if relaxed && least < math.MaxInt {
		return least
	}
	for i := range w.Groups {
		n := w.most(&w.Groups[i])
		least, sum = min(least, n), sum+n
	}
	if relaxed || least == math.MaxInt {
		return sum
	}
	return least
}

// few reports whether there are at most w.ranked matches.
func (w *wanted) few(ctx context.Context, v *postgres.Snapshot, q *storage.Query, relaxed bool) (bool, error) {
	if w.bound(relaxed) <= w.ranked {
		return true, nil
	}
	if n, ok := w.exactly(q); ok && !relaxed {
		return n <= w.ranked, nil
	}
	n, err := v.Count(ctx, q, w.found(relaxed), w.ranked+1)
	return n <= w.ranked, err
}

// exactly returns the number of strict matches, if the vocabulary knows it: for one group,
// of whose terms the catalogue has only one.
func (w *wanted) exactly(q *storage.Query) (n int, ok bool) {
	if len(w.Groups) != 1 || len(w.Groups[0].Runs)+len(w.Phrases) > 0 || len(q.Conditions) > 0 || q.IDs != nil || len(q.Except) > 0 {
		return 0, false
	}
	known := w.known(w.Groups[0].Terms())
	if len(known) != 1 {
		return 0, false
	}
	return w.counts[known[0]], true
}

// known returns the terms that any object has.
func (w *wanted) known(terms []string) []string {
	return slices.DeleteFunc(slices.Clone(terms), func(t string) bool { return w.counts[t] == 0 })
}

// rarity is the weight of a term: BM25's, in steps, so that a write of an object with the
// term seldom changes an order that a client is reading.
func (w *wanted) rarity(term string) float64 {
	objects := math.Exp2(math.Ceil(math.Log2(float64(max(w.estimate, 1)))))
	n := float64(w.counts[term])
	return math.Round(4*math.Log(1+max(0, objects-n+0.5)/(n+0.5))) / 4
}

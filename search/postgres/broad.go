package postgres

import (
	"context"
	"slices"

	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/listing"
	"marquee/storage/postgres/searched"
)

// broad is a search with more matches than are ranked. Only the best are: the rest follow
// by rating. One statement that sorts all matches would do without parts, but takes 50 ms
// for "the" and 36,000 films, and 500 ms for 250,000.
type broad struct {
	view  *postgres.Snapshot
	query *storage.Query
	*wanted
	found   listing.Clause
	relaxed bool
	total   int
}

// leading is the condition on the matches that come before all others: those with the
// words themselves, where others have alternatives. In a relaxed search they are few, and
// their score is enough.
func (b *broad) leading() listing.Clause {
	if b.relaxed || !b.HasAlternatives() {
		return always
	}
	return join("|", lexeme(b.Whole, ""), literal(b.Query)).in
}

// bestOf returns conditions on the matches to rank, the widest first. It holds for all
// with a group in the label or a name; the last holds for few objects.
func (b *broad) bestOf() []tsquery {
	titles := anyOf("", flags(b.Query)...)
	if !b.relaxed {
		return []tsquery{join("|", titles, join("|", b.titled()...)), join("|", titles, join("&", b.titled()...)), titles}
	}
	few := join("|", titles, strict(b.Query))
	rare, sum := few, 0
	var groups []tsquery
	for _, g := range b.byRarity() {
		if sum += b.most(g); sum <= b.ranked {
			rare = join("|", rare, meaning(g))
		}
		groups = append(groups, meaning(g))
	}
	more, most := b.Enough()+1, b.Enough()+2
	titled := join("|", rare, join("|", b.titled()...))
	if combinations(len(groups), most) > maxCombinations {
		return []tsquery{titled, rare, few}
	}
	return []tsquery{join("|", titled, atLeast(more, groups)), join("|", rare, atLeast(more, groups)), join("|", rare, atLeast(most, groups)), rare, few}
}

// titled has a query for each group: that a label or a name has it.
func (b *broad) titled() []tsquery {
	all := make([]tsquery, len(b.Groups))
	for i := range b.Groups {
		g := &b.Groups[i]
		terms := append([]string{g.Stem}, g.Variants...)
		for _, n := range g.Near {
			terms = append(terms, text.Stem(n.Word))
		}
		all[i] = anyOf(searched.NamedMark, terms...)
	}
	return all
}

// untitled is the condition that no label or name has a group.
func (b *broad) untitled(arg func(any) string) string {
	return "t.id NOT IN (SELECT t.id FROM " + b.noun.Plural + " t WHERE " + join("|", b.titled()...).in(arg) + ")"
}

// keys returns the objects of the page and one more. First come the best matches, then
// matches with a word in the label or a name, then all others; matches by synonyms are last.
func (b *broad) keys(ctx context.Context) ([]listing.Keyed, error) {
	var best listing.Clause
	level, all := 0, b.query.WithExcepted()
	for i, q := range slices.Compact(b.bestOf()) {
		best, level = both(b.found, b.leading(), q.in), i
		n, err := b.view.Count(ctx, all, best, b.ranked+1)
		if err != nil {
			return nil, err
		}
		if n <= b.ranked {
			break
		}
	}
	ranked, err := b.view.Keys(ctx, all, best, b.rank(b.relaxed), b.ranked, 0)
	if err != nil {
		return nil, err
	}
	parts := []part{{base: 2 * reach, where: join("|", b.titled()...).in}, {base: 4 * reach, where: b.untitled, walk: b.walks()}}
	if level == 0 {
		parts = []part{{base: 4 * reach, where: always, walk: b.walks()}}
	}
	if !b.relaxed && b.HasAlternatives() {
		leading := b.leading()
		for i := range parts {
			parts[i].where = both(leading, parts[i].where)
		}
		parts = append(parts, part{base: 6 * reach, where: func(arg func(any) string) string { return "NOT (" + leading(arg) + ")" }, walk: b.walks()})
	}
	return b.follow(ctx, ranked, parts)
}

// walks reports whether the matches of a page are found faster in the order of an index,
// each tested, than by sorting all. A test takes about 16 times as long as a row.
func (b *broad) walks() bool {
	return float64(b.query.Offset+b.query.Limit)*float64(b.estimate)*16 < float64(b.total)*float64(b.total)
}

package elastic

import (
	"context"
	"strconv"

	"marquee/search"
	"marquee/search/elastic/query"
	"marquee/search/text"
	"marquee/storage"
)

// Vocabulary has the words of the catalogue, for typos. search/vocabulary has it.
type Vocabulary interface {
	text.Vocabulary
	// Version returns a version of the catalogue whose words it has at least.
	Version() int64
}

// match answers a search by words.
func (l *listing) match(ctx context.Context) (*storage.Page, error) {
	rules, synonyms, err := l.Text.Rules(ctx, l.AtLeast)
	if err != nil {
		return nil, err
	}
	l.known = min(l.at.Version, synonyms)
	l.asOf = min(l.asOf, l.known)
	l.parsed = text.ParseWith(l.Text.Query, rules)
	v := l.client.vocabulary
	if v != nil {
		l.asOf = min(l.asOf, v.Version())
		if err := l.parsed.Correct(ctx, l.Noun, v); err != nil {
			return nil, err
		}
	}
	page, strict, err := l.matchPage(ctx, query.NewMatch(l.Noun, l.parsed, l.filter))
	if err != nil || strict > 0 || v == nil || !l.DidYouMean {
		return page, err
	}
	page.Meant, err = search.Meant(ctx, l.Query, rules, v, func(other *text.Query) (bool, error) {
		n, err := l.countStrict(ctx, query.NewMatch(l.Noun, other, l.filter))
		return n > 0, err
	})
	return page, err
}

// matchPage reads the page, and counts the objects that have all words. Either every page of
// a list is relaxed or none is: that depends on this number in the whole list.
func (l *listing) matchPage(ctx context.Context, m *query.Match) (page *storage.Page, strict int, err error) {
	if !m.CanRelax() {
		if page, err = l.matching(ctx, m, true); err != nil {
			return nil, 0, err
		}
		return page, page.Total, nil
	}
	total, known := l.client.totals.Get(l.WithExcepted(), l.known)
	switch {
	case known:
	case len(l.Except) > 0:
		if total, err = l.count(ctx, m); err != nil {
			return nil, 0, err
		}
	case l.After == nil && l.Offset == 0 && query.ByRelevance(l.Order) && m.Expected < text.RelaxBelow:
		return l.firstPage(ctx, m)
	default:
		if page, err = l.matching(ctx, m, true); err != nil {
			return nil, 0, err
		}
		total = page.Total
		l.client.totals.Put(l.Query, l.known, total)
		if total >= text.RelaxBelow {
			return page, total, nil
		}
	}
	page, err = l.matching(ctx, m, total >= text.RelaxBelow)
	if err == nil && total < text.RelaxBelow {
		page.Relaxed = page.Total > total
	}
	return page, total, err
}

// matching reads the page of one form of the list.
func (l *listing) matching(ctx context.Context, m *query.Match, strict bool) (*storage.Page, error) {
	if query.ByRelevance(l.Order) {
		return l.page(ctx, m.Ranked(strict))
	}
	return l.page(ctx, m.Selected(strict))
}

// count counts the objects with all words, those of Except included.
func (l *listing) count(ctx context.Context, m *query.Match) (int, error) {
	all := l.WithExcepted()
	if len(l.Except) > 0 {
		m = query.NewMatch(l.Noun, m.Query, query.Conditions(all))
	}
	n, err := l.countStrict(ctx, m)
	if err == nil {
		l.client.totals.Put(all, l.known, n)
	}
	return n, err
}

// countStrict counts the objects with all words of a text.
func (l *listing) countStrict(ctx context.Context, m *query.Match) (int, error) {
	a, err := l.client.search(ctx, &request{clause: m.Selected(true), post: l.post, total: true, replica: l.replica})
	if err != nil {
		return 0, err
	}
	return a.Hits.Total.Value, nil
}

// firstPage reads the first page of a list that is probably relaxed. It asks for the
// relaxed list, whose first objects are those with all words: if there are enough of them,
// they are the page, and only their number is missing.
func (l *listing) firstPage(ctx context.Context, m *query.Match) (page *storage.Page, strict int, err error) {
	r := l.request(m.Ranked(false))
	r.size, r.facets = max(l.Limit, text.RelaxBelow), query.Facets(l.Query)
	a, err := l.client.search(ctx, r)
	if err != nil {
		return nil, 0, err
	}
	hits, total := a.Hits.Hits, a.Hits.Total.Value
	for strict < len(hits) && hits[strict].strict() {
		strict++
	}
	relaxed := strict < text.RelaxBelow
	if !relaxed && r.facets != nil { // they are those of the relaxed list
		page, err = l.matching(ctx, m, true)
		return page, strict, err
	}
	switch {
	case strict < len(hits) || total == strict: // it is the number of all
		l.client.totals.Put(l.Query, l.known, strict)
	case !relaxed:
		if strict, err = l.count(ctx, m); err != nil {
			return nil, 0, err
		}
	}
	if !relaxed {
		total, hits = strict, hits[:min(strict, len(hits))]
	}
	hits, _ = trim(hits, l.Limit)
	page, err = l.show(hits, total, len(hits) < total)
	if err != nil {
		return nil, 0, err
	}
	page.Relaxed = relaxed && total > strict
	page.Facets, err = l.facets(a)
	return page, strict, err
}

// strict reports whether a hit of a ranked list has all words.
func (h *hit) strict() bool {
	score, err := strconv.ParseFloat(string(h.key()), 64)
	return err == nil && score >= query.StrictTier
}

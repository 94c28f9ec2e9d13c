package elastic

import (
	"context"
	"strconv"

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

// match answers a search by words. Either every page of a list is relaxed or none is: that
// depends on the number of objects in the whole list that have all words.
func (l *listing) match(ctx context.Context) (*storage.Page, error) {
	rules, synonyms, err := l.Text.Rules(ctx, l.AtLeast)
	if err != nil {
		return nil, err
	}
	l.known = min(l.at.Version, synonyms)
	l.asOf = min(l.asOf, l.known)
	parsed := text.ParseWith(l.Text.Query, rules)
	l.parsed = parsed
	if v := l.client.vocabulary; v != nil {
		l.asOf = min(l.asOf, v.Version())
		if err := parsed.Correct(ctx, l.Noun, v); err != nil {
			return nil, err
		}
	}
	m := query.NewMatch(l.Noun, parsed, l.filter)
	if !m.CanRelax() {
		return l.matching(ctx, m, true)
	}
	total, known := l.client.totals.Get(l.WithExcepted(), l.known)
	switch {
	case known:
	case len(l.Except) > 0:
		var err error
		if total, err = l.count(ctx, m); err != nil {
			return nil, err
		}
	case l.After == nil && l.Offset == 0 && query.ByRelevance(l.Order) && parsed.Expected < text.RelaxBelow:
		return l.firstPage(ctx, m)
	default:
		page, err := l.matching(ctx, m, true)
		if err != nil {
			return nil, err
		}
		total = page.Total
		l.client.totals.Put(l.Query, l.known, total)
		if total >= text.RelaxBelow {
			return page, nil
		}
	}
	page, err := l.matching(ctx, m, total >= text.RelaxBelow)
	if err == nil && total < text.RelaxBelow {
		page.Relaxed = page.Total > total
	}
	return page, err
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
	a, err := l.client.search(ctx, &request{clause: m.Selected(true), post: l.post, total: true, replica: l.replica})
	if err != nil {
		return 0, err
	}
	l.client.totals.Put(all, l.known, a.Hits.Total.Value)
	return a.Hits.Total.Value, nil
}

// firstPage reads the first page of a list that is probably relaxed. It asks for the
// relaxed list, whose first objects are those with all words: if there are enough of them,
// they are the page, and only their number is missing.
func (l *listing) firstPage(ctx context.Context, m *query.Match) (*storage.Page, error) {
	r := l.request(m.Ranked(false))
	r.size, r.facets = max(l.Limit, text.RelaxBelow), query.Facets(l.Query)
	a, err := l.client.search(ctx, r)
	if err != nil {
		return nil, err
	}
	hits, total := a.Hits.Hits, a.Hits.Total.Value
	strict := 0
	for strict < len(hits) && hits[strict].strict() {
		strict++
	}
	relaxed := strict < text.RelaxBelow
	if !relaxed && r.facets != nil { // they are those of the relaxed list
		return l.matching(ctx, m, true)
	}
	switch {
	case strict < len(hits) || total == strict: // it is the number of all
		l.client.totals.Put(l.Query, l.known, strict)
	case !relaxed:
		if strict, err = l.count(ctx, m); err != nil {
			return nil, err
		}
	}
	if !relaxed {
		total, hits = strict, hits[:min(strict, len(hits))]
	}
	hits, _ = trim(hits, l.Limit)
	page, err := l.show(hits, total, len(hits) < total)
	if err != nil {
		return nil, err
	}
	page.Relaxed = relaxed && total > strict
	page.Facets, err = l.facets(a)
	return page, err
}

// strict reports whether a hit of a ranked list has all words.
func (h *hit) strict() bool {
	score, err := strconv.ParseFloat(string(h.key()), 64)
	return err == nil && score >= query.StrictTier
}

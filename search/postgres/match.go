package postgres

import (
	"context"
	"math"

	"marquee/search"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/listing"
)

// match answers a search of kind Match: with the objects that have all words of the
// text. If they are few, it adds objects with enough of the words, or with typos.
func (e *Engine) match(ctx context.Context, v *postgres.Snapshot, q *storage.Query) (*storage.Page, error) {
	// The planner does not know that reading terms is expensive.
	if err := v.Set(ctx, "enable_seqscan", "off"); err != nil {
		return nil, err
	}
	w, err := newWanted(ctx, v, q, e.ranked)
	if err != nil {
		return nil, err
	}
	page, err := e.page(ctx, v, q, w)
	if err != nil {
		return nil, err
	}
	page.AsOf = min(page.AsOf, w.version)
	if q.DidYouMean && w.none {
		page.Meant, err = search.Meant(ctx, q, w.rules, vocabulary{v}, func(other *text.Query) (bool, error) {
			n, err := v.Count(ctx, q, join("|", lexeme(other.Whole, ""), strict(other)).in, 1)
			return n > 0, err
		})
		if err != nil {
			return nil, err
		}
	}
	return page, highlights(ctx, v, q, page, w.Query)
}

// page answers a search by words in any order.
func (e *Engine) page(ctx context.Context, v *postgres.Snapshot, q *storage.Query, w *wanted) (*storage.Page, error) {
	if q.Order.Sort != &storage.Relevance {
		return e.sorted(ctx, v, q, w)
	}
	page, err := e.byRelevance(ctx, v, q, w, false, 0)
	if err == nil && page.Next != nil {
		page.Next.Key.Text = search.FallbackRanking
	}
	return page, err
}

// sorted answers a search in another order than by relevance.
func (e *Engine) sorted(ctx context.Context, v *postgres.Snapshot, q *storage.Query, w *wanted) (*storage.Page, error) {
	strict, err := v.Count(ctx, q.WithExcepted(), w.found(false), text.RelaxBelow)
	if err != nil {
		return nil, err
	}
	relaxed := strict < text.RelaxBelow
	w.none = strict == 0
	total, err := e.total(ctx, v, q, w, relaxed)
	if err != nil {
		return nil, err
	}
	page, err := v.Counted(ctx, q, w.found(relaxed), total)
	if err == nil {
		page.Relaxed = relaxed && total > strict
	}
	return page, err
}

// byRelevance answers a search by relevance. strict is the number of strict matches, for a
// relaxed one.
func (e *Engine) byRelevance(ctx context.Context, v *postgres.Snapshot, q *storage.Query, w *wanted, relaxed bool, strict int) (*storage.Page, error) {
	found := w.found(relaxed)
	all := q.WithExcepted()
	few, err := w.few(ctx, v, all, relaxed)
	if err != nil {
		return nil, err
	}
	if !few {
		return e.broad(ctx, v, q, w, relaxed)
	}
	keys, err := v.Keys(ctx, all, found, w.rank(relaxed), math.MaxInt32, 0)
	if err != nil {
		return nil, err
	}
	if !relaxed && len(keys) < text.RelaxBelow {
		w.none = len(keys) == 0
		return e.byRelevance(ctx, v, q, w, true, len(keys))
	}
	relaxed = relaxed && len(keys) > strict
	keys = without(keys, q.Except)
	page, _ := pageOf(q, keys)
	out, err := v.Page(ctx, q, found, page, len(keys))
	if err == nil {
		out.Relaxed = relaxed
	}
	return out, err
}

// broad answers a search with many matches by relevance.
func (e *Engine) broad(ctx context.Context, v *postgres.Snapshot, q *storage.Query, w *wanted, relaxed bool) (*storage.Page, error) {
	total, err := e.total(ctx, v, q, w, relaxed)
	if err != nil {
		return nil, err
	}
	b := &broad{view: v, query: q, wanted: w, found: w.found(relaxed), relaxed: relaxed, total: total}
	keys, err := b.keys(ctx)
	if err != nil {
		return nil, err
	}
	page, err := v.Page(ctx, q, b.found, keys, total)
	if err == nil {
		page.Relaxed = relaxed
	}
	return page, err
}

// total returns the number of matches. The vocabulary knows it for one word without a
// filter. Otherwise they are counted once.
func (e *Engine) total(ctx context.Context, v *postgres.Snapshot, q *storage.Query, w *wanted, relaxed bool) (int, error) {
	if n, ok := w.exactly(q); ok && !relaxed {
		return n, nil
	}
	if n, ok := e.totals.Get(q, w.version); ok {
		return n, nil
	}
	n, err := v.Count(ctx, q, w.found(relaxed), 0)
	if err == nil {
		e.totals.Put(q, w.version, n)
	}
	return n, err
}

// found is the condition that an object matches.
func (w *wanted) found(relaxed bool) listing.Clause {
	whole := lexeme(w.Whole, "")
	switch {
	case !relaxed:
		return join("|", whole, strict(w.Query)).in
	case len(w.Phrases) > 0:
		return join("|", whole, phrases(w.Query)).in
	}
	var groups, admit []tsquery
	for _, g := range w.byRarity() {
		groups = append(groups, meaning(g))
		if w.Admits(g) {
			admit = append(admit, meaning(g))
		}
	}
	return enough(w.Enough(), groups, admit, whole)
}

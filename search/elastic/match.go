package elastic

import (
	"context"

	"marquee/search/elastic/query"
	"marquee/storage"
)

// relaxBelow is the number of objects with all words below which others follow.
// Relaxing only where there are none ranks far worse: NDCG@10 on topical
// queries 0.50 instead of 0.65.
const relaxBelow = 10

// match answers a search by words. The objects with all words are counted
// first, over the whole list, so that every page of it is relaxed or none is.
func (l *listing) match(ctx context.Context) (*storage.Page, error) {
	w := query.Parse(l.Text.Query)
	strict, err := l.page(ctx, w.Ranked(l.Query, l.filter, false))
	if err != nil || strict.Total >= relaxBelow || !w.CanRelax() {
		return strict, err
	}
	relaxed, err := l.page(ctx, w.Ranked(l.Query, l.filter, true))
	if err != nil {
		return nil, err
	}
	relaxed.Relaxed = relaxed.Total > strict.Total
	return relaxed, nil
}

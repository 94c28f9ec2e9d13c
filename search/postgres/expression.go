package postgres

import (
	"context"
	"errors"

	"marquee/search/regex"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/listing"
)

// expression returns the function that answers a search by an expression.
func (e *Engine) expression(q *storage.Query) (func(context.Context, *postgres.Snapshot) (*storage.Page, error), error) {
	r, err := regex.Parse(q.Text.Query)
	if err != nil {
		return nil, refuse(q, err)
	}
	if text, ok := r.Plain(); ok {
		return func(ctx context.Context, v *postgres.Snapshot) (*storage.Page, error) {
			return e.plain(ctx, v, q, text)
		}, nil
	}
	return func(ctx context.Context, v *postgres.Snapshot) (*storage.Page, error) {
		page, err := e.matching(ctx, v, q, r)
		if errors.Is(err, regex.ErrBudget) {
			return nil, refuse(q, err)
		}
		return page, err
	}, nil
}

// defaultFew is the number of objects whose ids are collected. For more, the page is
// read in the order of an index until it is full.
const defaultFew = 1000

// plain lists the objects with a value that contains a text.
func (e *Engine) plain(ctx context.Context, v *postgres.Snapshot, q *storage.Query, text *regex.Plain) (*storage.Page, error) {
	version, err := v.Version(ctx)
	if err != nil {
		return nil, err
	}
	total, known := e.totals.Get(q, version)
	if !known || total <= e.few {
		ids, err := v.IDs(ctx, q.Common(), lookedUp(text), e.few+1)
		if err != nil {
			return nil, err
		}
		if len(ids) <= e.few {
			return among(ctx, v, q, ids)
		}
	}
	if !known {
		if total, err = v.CountTexts(ctx, q, scanned(text)); err != nil {
			return nil, err
		}
	}
	page, err := v.Counted(ctx, q, listing.WithText(q.Noun, scanned(text)), total)
	if err == nil {
		e.totals.Put(q, version, total)
	}
	return page, err
}

// matching lists the objects with a value that an expression matches. It verifies all
// candidates once, for the total, then only those up to the end of a page.
func (e *Engine) matching(ctx context.Context, v *postgres.Snapshot, q *storage.Query, r *regex.Regex) (*storage.Page, error) {
	version, err := v.Version(ctx)
	if err != nil {
		return nil, err
	}
	budget := regex.NewBudget(e.budget)
	accepts := func(value string) (bool, error) { return r.Verify(value, budget) }
	narrow := contains(r.Required())
	if total, known := e.totals.Get(q, version); known && len(q.Facets) == 0 {
		return paged(ctx, v, q, narrow, total, accepts)
	}
	page, err := verified(ctx, v, q, narrow, accepts)
	if err == nil {
		e.totals.Put(q, version, page.Total)
	}
	return page, err
}

// paged reads a page of a list whose total is known. It verifies the candidates in the
// order of the list until the page is full.
func paged(ctx context.Context, v *postgres.Snapshot, q *storage.Query, narrow listing.Clause, total int, accepts func(string) (bool, error)) (*storage.Page, error) {
	skip, ids := 0, []int64{}
	if q.After == nil {
		skip = q.Offset
	}
	if skip < total {
		err := v.Ordered(ctx, q, narrow, func(id int64, values []string) (bool, error) {
			ok, err := anyAccepted(values, accepts)
			switch {
			case err != nil || !ok:
			case skip > 0:
				skip--
			default:
				ids = append(ids, id)
			}
			return len(ids) <= q.Limit, err // one more shows that another page follows
		})
		if err != nil {
			return nil, err
		}
	}
	page := *q
	page.Offset = 0
	return v.Counted(ctx, &page, listing.Among(q.Noun, ids), total)
}

// verified lists the objects with an accepted value. narrow must hold for all of them;
// Go checks the objects for which it holds, and also those that only a facet counts.
func verified(ctx context.Context, v *postgres.Snapshot, q *storage.Query, narrow listing.Clause, accepts func(string) (bool, error)) (*storage.Page, error) {
	ids := []int64{}
	err := v.Candidates(ctx, q.Common(), narrow, func(id int64, values []string) error {
		ok, err := anyAccepted(values, accepts)
		if ok {
			ids = append(ids, id)
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return among(ctx, v, q, ids)
}

// among lists those of the objects with ids that satisfy the query. All of them satisfy
// its Common.
func among(ctx context.Context, v *postgres.Snapshot, q *storage.Query, ids []int64) (*storage.Page, error) {
	where := listing.Among(q.Noun, ids)
	if q.Common() != q {
		return v.List(ctx, q, where)
	}
	return v.Counted(ctx, q, where, len(ids))
}

// anyAccepted reports whether one of the values is accepted.
func anyAccepted(values []string, accepts func(string) (bool, error)) (bool, error) {
	for _, value := range values {
		if ok, err := accepts(value); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

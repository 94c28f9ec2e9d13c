package elastic

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sort"

	"marquee/search/elastic/document"
	"marquee/search/elastic/node"
	"marquee/search/elastic/query"
	"marquee/search/elastic/window"
	"marquee/search/regex"
	"marquee/storage"
)

// regexPage is how many candidates a request reads: some 2 MB of texts.
const regexPage = 2000

// regex answers a search by an expression. The index finds candidates with the literals
// that every match has; Go decides. It decides the whole list at once, since the page
// has a total, and the window remembers the list for other pages.
func (l *listing) regex(ctx context.Context) (*storage.Page, error) {
	expression, err := regex.Parse(l.Text.Query)
	if err != nil {
		return nil, l.refuse(err)
	}
	if plain, ok := expression.Plain(); ok {
		if filter, ok := l.filter.Plain(plain); ok {
			l.filter = filter
			return l.plain(ctx)
		}
	}
	required := expression.Required()
	if required.Op == regex.None {
		page, err := l.show(nil, 0, false)
		page.Facets = storage.NewTally(l.Query).Facets()
		return page, err
	}
	if required.Op != regex.All {
		l.filter = l.filter.Formula(required)
	}
	clause := l.filtered()
	var page *storage.Page
	err = l.within(ctx, clause, fmt.Sprint(expression, l.facetFields(), l.FacetLimit), func(w *window.Window) error {
		if w.Found == nil {
			if w.Found, err = l.decide(ctx, w, clause, expression); err != nil {
				return err
			}
		}
		if page, err = l.cut(ctx, w); err == nil {
			page.Facets = w.Facets
		}
		return err
	})
	return page, err
}

// plain lists the objects with a value that contains a text. Only one page of the list
// counts them: a text such as "film" has tens of thousands.
func (l *listing) plain(ctx context.Context) (*storage.Page, error) {
	total, known := l.client.totals.Get(l.Query, l.at.Version)
	if known {
		l.total = &total
	}
	page, err := l.page(ctx, l.filtered())
	if err == nil && !known {
		l.client.totals.Put(l.Query, l.at.Version, page.Total)
	}
	return page, err
}

// refuse returns the error of an expression that cannot be searched for.
func (l *listing) refuse(reason error) error {
	return &storage.Error{Code: storage.Invalid, Detail: "q: " + reason.Error(),
		Faults: []storage.Fault{{Parameter: "q", Value: storage.Excerpt(l.Text.Query), Reason: reason.Error()}}}
}

// decide reads all candidates and returns those that match, in the order of the list. It
// counts the facets, and it sorts the list itself: Elasticsearch took longer to sort 36,000
// candidates by title than all the rest took.
func (l *listing) decide(ctx context.Context, w *window.Window, clause query.JSON, expression *regex.Regex) ([]storage.Position, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	budget, tally := regex.NewBudget(regex.DefaultBudget), storage.NewTally(l.Query)
	list := []storage.Position{}
	for batch := range l.candidates(ctx, w, clause) {
		if batch.err != nil {
			return nil, batch.err
		}
		for i := range batch.hits {
			h := &batch.hits[i]
			ok, err := l.accepts(h, expression, budget)
			if errors.Is(err, regex.ErrBudget) {
				return nil, l.refuse(err)
			}
			if err == nil && ok {
				ok, err = l.tally(tally, h)
			}
			if err != nil {
				return nil, err
			}
			if ok {
				raw, _ := h.Source.Key(l.Order.Sort.Column(l.Order.Descending)) // written by document.Encode
				key, _ := sortKey(l.Order, string(raw))
				list = append(list, storage.Position{Key: key, ID: h.id()})
			}
		}
	}
	if ctx.Err() != nil { // not all candidates were read
		return nil, node.Unavailable(ctx, ctx.Err())
	}
	slices.SortFunc(list, func(a, b storage.Position) int { return l.compare(&a, &b) })
	w.Total, w.Facets = len(list), tally.Facets()
	return list, nil
}

// batch is a part of the candidates, or an error.
type batch struct {
	hits []hit
	err  error
}

// candidates reads all candidates. It reads one batch ahead while the caller decides on
// the one before.
func (l *listing) candidates(ctx context.Context, w *window.Window, clause query.JSON) <-chan batch {
	batches := make(chan batch)
	names := []string{"names", "sort." + l.Order.Sort.Column(l.Order.Descending)}
	names = append(names, l.facetFields()...)
	for _, f := range l.Noun.Searched {
		names = append(names, "object."+f)
	}
	fields := string(query.JSON(nil).Texts(names).Complete())
	go func() {
		defer close(batches)
		var at window.Mark
		for {
			a, err := l.step(ctx, w, clause, at, request{size: regexPage, source: fields, sort: `["_shard_doc"]`})
			b := batch{err: err}
			if err == nil {
				b.hits = a.Hits.Hits
			}
			select {
			case batches <- b:
			case <-ctx.Done():
				return
			}
			if len(b.hits) < regexPage {
				return
			}
			at.Sort = b.hits[len(b.hits)-1].Sort
		}
	}()
	return batches
}

// accepts reports whether a value of the object matches.
func (l *listing) accepts(h *hit, expression *regex.Regex, budget *regex.Budget) (bool, error) {
	values, err := h.Source.Values(l.Noun)
	if err != nil {
		return false, err
	}
	for _, v := range values {
		if ok, err := expression.Verify(v, budget); ok || err != nil {
			return ok, err
		}
	}
	return false, nil
}

// cut reads the objects of one page of a decided list.
func (l *listing) cut(ctx context.Context, w *window.Window) (*storage.Page, error) {
	from := min(l.Offset, len(w.Found))
	if l.After != nil {
		from = sort.Search(len(w.Found), func(i int) bool { return l.compare(&w.Found[i], l.After) > 0 })
	}
	to := min(from+l.Limit, len(w.Found))
	if from == to {
		return l.show(nil, w.Total, false)
	}
	keys := make([]string, 0, to-from)
	for _, f := range w.Found[from:to] {
		keys = append(keys, document.Key(l.Noun, f.ID))
	}
	a, err := l.step(ctx, w, query.IDs(keys), window.Mark{}, request{size: len(keys)})
	if err != nil {
		return nil, err
	}
	return l.show(a.Hits.Hits, w.Total, to < len(w.Found))
}

// compare compares two positions in the order of the list.
func (l *listing) compare(a, b *storage.Position) int {
	c := cmp.Or(cmp.Compare(a.Key.Text, b.Key.Text), cmp.Compare(a.Key.Number, b.Key.Number), l.Noun.CompareIDs(a.ID, b.ID))
	if l.Order.Descending {
		return -c
	}
	return c
}

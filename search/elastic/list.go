package elastic

import (
	"context"
	"fmt"

	"marquee/search"
	"marquee/search/elastic/query"
	"marquee/search/elastic/window"
	"marquee/search/text"
	"marquee/storage"
)

// List answers a query from the index that the alias points to; see search.Engine. The
// page's as-of version is the indexed version that was known before List read anything,
// or an older one of the vocabulary, where it corrects typos.
func (c *Client) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	if err := search.CheckRanking(q, search.IndexRanking); err != nil {
		return nil, err
	}
	at := window.Moment{Version: c.indexed(), Flushes: c.flushes()}
	exists := c.lookUp(ctx, q, at.Version)
	l := &listing{Query: q, client: c, at: at, asOf: at.Version, filter: query.Conditions(q.Common()), post: query.Owned(q), replica: replica(q)}
	page, err := l.find(ctx)
	missing, unknown := exists()
	if unknown != nil { // it explains an empty page, not the other way round
		return nil, unknown
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", q.Noun.Plural, err)
	}
	page.Missing, page.AsOf, page.Indexed = missing, l.asOf, true
	return page, l.highlight(page)
}

// find answers a query without checking whether the objects that it names exist.
func (l *listing) find(ctx context.Context) (*storage.Page, error) {
	switch {
	case l.Text == nil:
		return l.page(ctx, l.filtered())
	case l.Text.Kind == storage.Exact:
		l.filter = l.filter.Term("exact", query.Digest(l.Text.Query))
		return l.page(ctx, l.filtered())
	case l.Text.Kind == storage.Regex:
		return l.regex(ctx)
	}
	return l.match(ctx)
}

// listing is a query that is being answered.
type listing struct {
	*storage.Query
	client *Client
	at     window.Moment
	// asOf is the version that the answer shows at least.
	asOf int64
	// known is the version that the index and the synonyms of a search by words show.
	known int64
	// filter has the clauses that every object satisfies, besides that of the noun.
	filter query.JSON
	// post has the clauses that only objects in facets need not satisfy.
	post query.JSON
	// replica is the preference of its searches.
	replica string
	// total is the number of objects where it is known, nil where the page counts them.
	total *int
	// parsed is the text of a search by words.
	parsed *text.Query
	// names has the names that each object of the page shows, where the query asks for
	// highlights.
	names [][]string
}

// filtered makes the clause of a list that only filters.
func (l *listing) filtered() query.JSON {
	return query.Filtered(query.OfNoun(l.Noun).Value(l.filter))
}

// shallow is the largest offset that a request has in an order by a text. Elasticsearch
// holds the sort keys of all objects up to the page's end, and reads every text anew from
// its dictionary: 20 ms for 1,000 of 36,000 titles. A number costs next to nothing.
const shallow = 100

// far reports whether the page is too far down to be read from the start of the list.
func (l *listing) far() bool {
	if l.After != nil {
		return false
	}
	return l.Offset+l.Limit > maxPage || l.Offset > shallow && l.Order.Sort.Kind == storage.Text
}

// page reads the page of the objects that satisfy a clause.
func (l *listing) page(ctx context.Context, clause query.JSON) (*storage.Page, error) {
	if l.far() {
		return l.deepPage(ctx, clause)
	}
	r := l.request(clause)
	if r.from, r.size = l.Offset, l.Limit; l.After != nil {
		r.after, r.from, r.size = after(l.Noun, l.Order, l.After), 0, l.Limit+1
	}
	r.total, r.facets = l.total == nil, query.Facets(l.Query)
	a, err := l.client.search(ctx, r)
	if err != nil {
		return nil, err
	}
	total := a.Hits.Total.Value
	if l.total != nil {
		total = *l.total
	}
	hits, more := trim(a.Hits.Hits, l.Limit)
	if l.After == nil {
		more = l.Offset+len(hits) < total
	}
	page, err := l.show(hits, total, more)
	if err == nil {
		page.Facets, err = l.facets(a)
	}
	return page, err
}

// request makes the part of a search that is the same for every page of a list.
func (l *listing) request(clause query.JSON) *request {
	return &request{clause: clause, post: l.post, sort: sorted(l.Noun, l.Order), total: true, replica: l.replica}
}

// show makes a page from hits.
func (l *listing) show(hits []hit, total int, more bool) (*storage.Page, error) {
	page := &storage.Page{Objects: make([]storage.Object, len(hits)), Total: total}
	for i := range hits {
		page.Objects[i] = hits[i].Source.Object(l.Noun, hits[i].id())
	}
	if err := l.remember(hits); err != nil {
		return nil, err
	}
	if !more || len(hits) == 0 {
		return page, nil
	}
	var err error
	page.Next, err = hits[len(hits)-1].position(l.Order)
	return page, err
}

package elastic

import (
	"context"
	"encoding/hex"
	"fmt"
	"hash/fnv"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/go-json-experiment/json/jsontext"

	"marquee/search"
	"marquee/search/elastic/query"
	"marquee/search/elastic/window"
	"marquee/storage"
)

// List answers a query from the index that the alias points to; see search.Engine. The
// page's as-of version is the indexed version that was known before List read anything.
func (c *Client) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	if err := search.CheckRanking(q, search.IndexRanking); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.timeout)
	defer cancel()
	at := window.Moment{Version: c.indexed(), Flushes: c.flushes()}
	exists := c.lookUp(ctx, q, at.Version)
	page, err := c.find(ctx, q, at)
	missing, unknown := exists()
	if unknown != nil { // it explains an empty page, not the other way round
		return nil, unknown
	}
	if err != nil {
		return nil, fmt.Errorf("list %s: %w", q.Noun.Plural, err)
	}
	page.Missing, page.AsOf, page.Indexed = missing, at.Version, true
	return page, nil
}

// find answers a query without checking whether the objects that it names exist.
func (c *Client) find(ctx context.Context, q *storage.Query, at window.Moment) (*storage.Page, error) {
	l := &listing{Query: q, client: c, at: at, filter: query.Filters(q)}
	switch {
	case q.Text == nil:
		return l.page(ctx, l.filtered())
	case q.Text.Kind == storage.Exact:
		l.filter = append(l.filter, query.Object{"term": query.Object{"exact": query.Digest(q.Text.Query)}})
		return l.page(ctx, l.filtered())
	case q.Text.Kind == storage.Regex:
		return l.regex(ctx)
	}
	return l.match(ctx)
}

// listing is a query that is being answered.
type listing struct {
	*storage.Query
	client *Client
	at     window.Moment
	filter []query.Object
}

// filtered makes the clause of a list that only filters.
func (l *listing) filtered() jsontext.Value {
	return query.Encode(query.Object{"bool": query.Object{"filter": l.filter}})
}

// shallow is the largest offset that a request to Elasticsearch has: it ranks all
// objects before the page again for each page. By title, among 36,000 films, that takes
// 20 ms at 1,000 and 2 ms at 100. Beyond, marks of earlier pages are cheaper.
const shallow = 100

// page reads the page of the objects that satisfy a clause.
func (l *listing) page(ctx context.Context, clause jsontext.Value) (*storage.Page, error) {
	if l.After == nil && l.Offset > shallow {
		return l.deepPage(ctx, clause)
	}
	request := l.request(clause)
	if l.After == nil {
		request["from"], request["size"] = l.Offset, l.Limit
	} else {
		request["search_after"], request["size"] = after(l.Noun, l.Order, l.After), l.Limit+1
	}
	a, err := l.client.search(ctx, l.client.reads, request)
	if err != nil {
		return nil, err
	}
	hits, more := trim(a.Hits.Hits, l.Limit)
	if l.After == nil {
		more = l.Offset+len(hits) < a.Hits.Total.Value
	}
	return l.show(hits, a.Hits.Total.Value, more)
}

// request makes the part of a search that is the same for every page of a list.
func (l *listing) request(clause jsontext.Value) query.Object {
	return query.Object{"query": clause, "sort": sorted(l.Noun, l.Order), "track_total_hits": true}
}

// show makes a page from hits.
func (l *listing) show(hits []hit, total int, more bool) (*storage.Page, error) {
	page := &storage.Page{Objects: make([]storage.Object, len(hits)), Total: total}
	for i := range hits {
		page.Objects[i] = hits[i].Source.Object(l.Noun, hits[i].id())
	}
	if !more || len(hits) == 0 {
		return page, nil
	}
	var err error
	page.Next, err = hits[len(hits)-1].position(l.Order)
	return page, err
}

// search sends a search to an index or, if index is "", to the point in time of the
// request. The rarity of a word is counted over all shards, so that the ranking does not
// depend on their number. With one shard that costs nothing.
func (c *Client) search(ctx context.Context, index string, request query.Object) (*answer, error) {
	partial := false
	r := esapi.SearchRequest{Instrument: c.node.Instrument, Body: query.Body(request), AllowPartialSearchResults: &partial, SearchType: "dfs_query_then_fetch"}
	if index != "" {
		r.Index = []string{index}
		r.Preference = preference(request["query"])
	}
	a := new(answer)
	return a, c.node.Call(ctx, c.timeout, r, a)
}

// preference sends equal searches to the same replica. Replicas may have cleaned up
// different deletions, which changes scores.
func preference(clause any) string {
	h := fnv.New64a()
	raw, ok := clause.(jsontext.Value)
	if !ok {
		raw = query.Encode(clause)
	}
	_, _ = h.Write(raw)
	return "q" + hex.EncodeToString(h.Sum(nil))
}

package elastic

import (
	"context"
	"encoding/hex"
	"hash/fnv"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/go-json-experiment/json/jsontext"

	"marquee/search/elastic/node"
	"marquee/search/elastic/query"
	"marquee/storage"
)

// request is a search.
type request struct {
	clause query.JSON
	// post has the clauses that hits satisfy besides, and objects in facets need not.
	post query.JSON
	// facets has the aggregations, nil for none.
	facets query.JSON
	// sort is the sort clause, "" for none.
	sort string
	// from and size are the page; after are the sort values of the object before it.
	from, size int
	after      jsontext.Value
	// total says that the exact number of objects is needed.
	total bool
	// pit is a point in time, "" for the present.
	pit string
	// source selects what is read of documents, "" for all.
	source string
	// replica is the preference of a replica, "" for any.
	replica string
}

// nothing of a document but its id and sort values.
const nothing = `false,"stored_fields":"_none_"`

// encode writes the request, always in the same way for the same request.
func (r *request) encode() query.JSON {
	j := make(query.JSON, 0, len(r.clause)+512).Open(`{"query":`).Value(r.clause).Open(`"size":`).Int(int64(r.size))
	if r.total {
		j = j.Open(`"track_total_hits":true,`)
	} else {
		j = j.Open(`"track_total_hits":false,`)
	}
	if len(r.post) > 0 {
		j = j.Open(`"post_filter":`).Value(query.Filtered(r.post))
	}
	if r.facets != nil {
		j = j.Open(`"aggs":`).Value(r.facets)
	}
	if r.from > 0 {
		j = j.Open(`"from":`).Int(int64(r.from))
	}
	if r.sort != "" {
		j = j.Open(`"sort":`, r.sort, ",")
	}
	if r.after != nil {
		j = j.Open(`"search_after":`).Value(r.after)
	}
	if r.source != "" {
		j = j.Open(`"_source":`, r.source, ",")
	}
	if r.pit != "" {
		j = j.Open(`"pit":{"id":`).Text(r.pit).Open(`"keep_alive":"`, node.KeepAlive, `"},`)
	}
	return j.Close("}")
}

// search sends a search to the index that the alias points to, or to the point in time
// of the request. The rarity of a word is counted over all shards, so that the ranking
// does not depend on their number. With one shard that costs nothing.
func (c *Client) search(ctx context.Context, request *request) (*answer, error) {
	partial := false
	r := esapi.SearchRequest{Instrument: c.node.Instrument, Body: request.encode().Body(), AllowPartialSearchResults: &partial, SearchType: "dfs_query_then_fetch"}
	if request.pit == "" {
		r.Index = []string{c.reads}
		r.Preference = request.replica
	}
	a := new(answer)
	a.Hits.Hits = make([]hit, 0, request.size)
	return a, c.node.Call(ctx, c.timeout, r, a)
}

// replica returns the preference of a list. It sends all searches for the same objects to
// the same replica, whatever their order, page and clause. Replicas may have cleaned up
// different deletions, which changes scores.
func replica(q *storage.Query) string {
	h := fnv.New64a()
	_, _ = h.Write(query.Conditions(q).Open(q.Noun.Name))
	if q.Text != nil {
		_, _ = h.Write([]byte(q.Text.Query))
	}
	return "q" + hex.EncodeToString(h.Sum(nil))
}

package elastic

import (
	"context"
	"fmt"
	"strings"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/go-json-experiment/json/jsontext"

	"marquee/search/elastic/node"
	"marquee/search/elastic/query"
	"marquee/storage"
)

// scanPage is how many objects a request of a scan reads: Elasticsearch's
// largest page.
const scanPage = 10_000

// Scan visits every visible object of a physical index as of one moment, in no
// order; see search.Index.
func (c *Client) Scan(ctx context.Context, index string, visit func(noun, id string, version int64, checksum string) error) error {
	pit, err := c.node.OpenPIT(ctx, c.timeout, index, "")
	if err != nil {
		return fmt.Errorf("scan %s: %w", index, noIndex(err))
	}
	defer func() { c.node.ClosePIT(context.WithoutCancel(ctx), c.timeout, pit) }()
	var after []jsontext.Value
	for {
		request := query.Object{"size": scanPage, "_source": false, "version": true, "docvalue_fields": []string{"checksum"},
			"sort": []any{query.Object{"_shard_doc": "asc"}}, "pit": query.Object{"id": pit, "keep_alive": node.KeepAlive}, "track_total_hits": false}
		if after != nil {
			request["search_after"] = after
		}
		var a answer
		if err := c.node.Call(ctx, writeTimeout, esapi.SearchRequest{Instrument: c.node.Instrument, Body: query.Body(request)}, &a); err != nil {
			return fmt.Errorf("scan %s: %w", index, err)
		}
		for i := range a.Hits.Hits {
			h := &a.Hits.Hits[i]
			noun, id, _ := strings.Cut(h.ID, ":")
			if err := visit(noun, id, h.Version, h.checksum()); err != nil {
				return err
			}
			after = h.Sort
		}
		if len(a.Hits.Hits) < scanPage {
			return nil
		}
	}
}

// checksum is the stored one; a document without is as wrong as any other.
func (h *hit) checksum() string {
	if len(h.Fields.Checksum) == 0 {
		return ""
	}
	return h.Fields.Checksum[0]
}

// Object reads one object from a physical index as it was last applied, visible
// or not: its public JSON and the object's own version. ok is false when the
// index does not have it.
func (c *Client) Object(ctx context.Context, index string, n *storage.Noun, id string) (o storage.Object, ok bool, err error) {
	var a struct {
		Found  bool   `json:"found"`
		Source source `json:"_source"`
	}
	err = c.node.Call(ctx, c.timeout, esapi.GetRequest{Instrument: c.node.Instrument, Index: index, DocumentID: key(n, id)}, &a)
	switch {
	case node.NoSuchIndex(err):
		return o, false, fmt.Errorf("read %s %s from %s: %w", n.Name, id, index, noIndex(err))
	case node.IsKind(err, "") && !a.Found: // 404 with a body that is no error
		return o, false, nil
	case err != nil:
		return o, false, fmt.Errorf("read %s %s from %s: %w", n.Name, id, index, err)
	}
	return a.Source.object(n, id), a.Found, nil
}

// Count is the number of visible objects in a physical index.
func (c *Client) Count(ctx context.Context, index string) (int, error) {
	var a struct {
		Count int `json:"count"`
	}
	if err := c.node.Call(ctx, c.timeout, esapi.CountRequest{Instrument: c.node.Instrument, Index: []string{index}}, &a); err != nil {
		return 0, fmt.Errorf("count %s: %w", index, noIndex(err))
	}
	return a.Count, nil
}

package elastic

import (
	"context"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"marquee/search/elastic/document"
	"marquee/search/elastic/node"
	"marquee/storage"
)

// Object reads one object from a physical index as it was last applied, visible or
// not. ok is false if the index does not have it.
func (c *Client) Object(ctx context.Context, index string, n *storage.Noun, id string) (o storage.Object, ok bool, err error) {
	var a struct {
		Found  bool              `json:"found"`
		Source document.Document `json:"_source"`
	}
	err = c.node.Call(ctx, c.timeout, esapi.GetRequest{Instrument: c.node.Instrument, Index: index, DocumentID: document.Key(n, id)}, &a)
	switch {
	case node.IsKind(err, "") && !a.Found: // 404 with a body that is no error
		return o, false, nil
	case err != nil:
		return o, false, err
	}
	return a.Source.Object(n, id), a.Found, nil
}

// Count returns the number of visible objects in a physical index.
func (c *Client) Count(ctx context.Context, index string) (int, error) {
	var a struct {
		Count int `json:"count"`
	}
	err := c.node.Call(ctx, c.timeout, esapi.CountRequest{Instrument: c.node.Instrument, Index: []string{index}}, &a)
	return a.Count, err
}

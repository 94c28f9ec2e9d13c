package elastic

import (
	"context"
	"marquee/search/elastic/node"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Ping reports whether searches can be asked for: the cluster answers, be it that
// there is no index. It needs no rights but those of a search.
func (c *Client) Ping(ctx context.Context) error {
	err := c.node.Call(ctx, searchTimeout, esapi.IndicesExistsRequest{Instrument: c.node.Instrument, Index: []string{c.alias}}, nil)
	if node.NotFound(err) {
		return nil
	}
	return err
}

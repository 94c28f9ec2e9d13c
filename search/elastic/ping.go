package elastic

import (
	"context"
	"marquee/search/elastic/node"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Ping reports whether the cluster answers, even if there is no index. It needs only
// the permissions of a search.
func (c *Client) Ping(ctx context.Context) error {
	err := c.node.Call(ctx, searchTimeout, esapi.IndicesExistsRequest{Instrument: c.node.Instrument, Index: []string{c.alias}}, nil)
	if node.NotFound(err) {
		return nil
	}
	return err
}

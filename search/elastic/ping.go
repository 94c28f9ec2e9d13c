package elastic

import (
	"context"
	"errors"
	"net/http"

	"github.com/elastic/go-elasticsearch/v8/esapi"
)

// Ping reports whether searches can be asked for: the cluster answers, be it that
// there is no index. It needs no rights but those of a search.
func (c *Client) Ping(ctx context.Context) error {
	err := c.call(ctx, SearchTimeout, esapi.IndicesExistsRequest{Instrument: c.instrument, Index: []string{c.alias}}, nil)
	if r, ok := errors.AsType[*refused](err); ok && r.status == http.StatusNotFound {
		return nil
	}
	return err
}

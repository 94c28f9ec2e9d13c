// Package elastic answers lists from Elasticsearch, and writes the indices that it
// reads. The packages below it are the only importers of the driver: document (the
// form of a document), physical (a search.Index, which the indexer drives), query (the
// clauses of a search), window (pages far down), node (requests).
package elastic

import (
	"cmp"
	"context"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"

	"marquee/search"
	"marquee/search/elastic/node"
	"marquee/search/elastic/physical"
	"marquee/search/elastic/window"
)

var _ search.Engine = (*Client)(nil)

// Config says where Elasticsearch is and how long to wait for it.
type Config struct {
	// URLs are the nodes' addresses, with user and password where needed.
	URLs []string
	// Alias is the name that searches go to; physical indices are called
	// Alias-something. Empty means "marquee".
	Alias string
	// Indexed is the version of the catalogue that the index behind the alias has
	// at least. It is read before each search and returned as Page.AsOf. Nil means
	// that nobody asks: 0.
	Indexed func() int64
	// Flushes is a number that grows whenever the index has votes and views that it
	// lacked: these change no version. What was kept of lists is then read anew. Nil
	// means that nobody votes: 0.
	Flushes func() int64
	// Timeout ends a search, 0 means 5 s.
	Timeout time.Duration
	// Shards is how many parts new indices have, 0 means 1. A search asks all of them
	// at the same time; documents are spread over them by their ids.
	Shards int
	// Replicas is how many copies of each part new indices have besides the first,
	// where the cluster has nodes for them.
	Replicas int
	// Instrument traces calls, nil traces none.
	Instrument elastictransport.Instrumentation
}

// searchTimeout leaves a request time for the fallback.
const searchTimeout = 5 * time.Second

// Client is a connection to Elasticsearch. It is safe for concurrent use.
type Client struct {
	*physical.Store
	node    *node.Client
	alias   string
	reads   string // the alias that searches of this program go to
	indexed func() int64
	flushes func() int64
	timeout time.Duration
	known   *known
	windows *window.Set
}

// Open prepares a client. It does not connect, so that a program can start while
// Elasticsearch is down.
func Open(cfg Config) (*Client, error) {
	n, err := node.Open(cfg.URLs, cfg.Instrument)
	if err != nil {
		return nil, err
	}
	alias := cmp.Or(cfg.Alias, "marquee")
	indices := physical.New(n, alias, max(cfg.Shards, 1), cfg.Replicas)
	return &Client{Store: indices, node: n, alias: alias, reads: indices.ReadAlias(), indexed: orZero(cfg.Indexed), flushes: orZero(cfg.Flushes),
		timeout: cmp.Or(cfg.Timeout, searchTimeout), known: newKnown(), windows: window.NewSet()}, nil
}

// orZero is a function that was left out.
func orZero(f func() int64) func() int64 {
	if f == nil {
		return func() int64 { return 0 }
	}
	return f
}

// Close frees what searches left on the server, then the connections.
func (c *Client) Close(ctx context.Context) {
	for _, pit := range c.windows.Clear() {
		c.node.ClosePIT(ctx, c.timeout, pit)
	}
	c.node.Close()
}

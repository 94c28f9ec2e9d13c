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

// Config configures a Client.
type Config struct {
	// URLs are the nodes' addresses, with user and password where needed.
	URLs []string
	// Alias is the alias that searches go to. The names of physical indices begin with it
	// and a hyphen. Default "marquee".
	Alias string
	// Indexed returns the version that the index has reached. It is called before each
	// search, whose Page.AsOf it becomes. Nil means 0.
	Indexed func() int64
	// Flushes returns a number that grows whenever the index has new counters, which
	// change no version. Then marks of lists are no longer valid. Nil means 0.
	Flushes func() int64
	// Vocabulary has the words that may have been meant in place of a misspelt one. Nil
	// means that no typos are found.
	Vocabulary Vocabulary
	// Totals remembers how many objects have all words of a text. Nil remembers nothing.
	Totals *search.Totals
	// Timeout ends a request to a node, 0 means 5 s. The context ends a search, which
	// may take several requests.
	Timeout time.Duration
	// Shards is the number of shards of new indices, default 1. A search asks all of them
	// at the same time.
	Shards int
	// Replicas is the largest number of replicas of new indices. A cluster with fewer
	// nodes makes fewer.
	Replicas int
	// Instrument traces calls, nil traces none.
	Instrument elastictransport.Instrumentation
	// Began is called at the beginning of each call. The function that it returns is called
	// at the end. Nil observes nothing.
	Began func(context.Context) (ended func())
}

// searchTimeout is several times what one request takes on a busy machine.
const searchTimeout = 5 * time.Second

// Client is a connection to Elasticsearch. It is safe for concurrent use.
type Client struct {
	*physical.Store
	node       *node.Client
	alias      string
	reads      string // the alias that searches of this program go to
	indexed    func() int64
	flushes    func() int64
	timeout    time.Duration
	known      *known
	vocabulary Vocabulary
	totals     *search.Totals
	windows    *window.Set
}

// Open prepares a client. It does not connect, so that a program can start while
// Elasticsearch is down.
func Open(cfg Config) (*Client, error) {
	n, err := node.Open(cfg.URLs, cfg.Instrument)
	if err != nil {
		return nil, err
	}
	n.Began = cfg.Began
	alias := cmp.Or(cfg.Alias, "marquee")
	indices := physical.New(n, alias, max(cfg.Shards, 1), cfg.Replicas)
	return &Client{Store: indices, node: n, alias: alias, reads: indices.ReadAlias(), indexed: orZero(cfg.Indexed), flushes: orZero(cfg.Flushes),
		timeout: cmp.Or(cfg.Timeout, searchTimeout), known: new(known), vocabulary: cfg.Vocabulary, totals: cfg.Totals, windows: window.NewSet()}, nil
}

// orZero returns f, or a function that returns 0 if f is nil.
func orZero(f func() int64) func() int64 {
	if f == nil {
		return func() int64 { return 0 }
	}
	return f
}

// Close closes the points in time on the server, then the connections.
func (c *Client) Close(ctx context.Context) {
	for _, pit := range c.windows.Clear() {
		c.node.ClosePIT(ctx, c.timeout, pit)
	}
	c.node.Close()
}

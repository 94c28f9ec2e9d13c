// Package elastic keeps search indices in Elasticsearch and answers lists from
// them. It is the only importer of the driver, and both sides of an index live
// here: what a document looks like (source.go, mapping.json), how it gets there
// (bulk.go, index.go, scan.go; the search.Index that the indexer drives), and
// how it is found (list.go and what stands below it; a search.Engine).
//
// All nouns share one index: an alias can then be swapped for all of them at
// once, one checkpoint says how far all of them are, and a genre or person that
// does not exist is noticed by the same search that would filter by it.
package elastic

import (
	"cmp"
	"context"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"

	"marquee/search"
	"marquee/search/elastic/node"
	"marquee/search/elastic/window"
	"marquee/storage"
)

var (
	_ search.Index  = (*Client)(nil)
	_ search.Engine = (*Client)(nil)
)

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

const (
	// searchTimeout leaves a request time for the fallback.
	searchTimeout = 5 * time.Second
	// writeTimeout is for a bulk of bulkBytes on a busy cluster (0.3 s on an idle
	// one), and for creating an index.
	writeTimeout = 60 * time.Second
)

// Client is a connection to Elasticsearch. It is safe for concurrent use.
type Client struct {
	node    *node.Client
	alias   string
	reads   string // the alias that searches of this program go to
	indexed func() int64
	flushes func() int64
	timeout time.Duration
	// shards and replicas are those of new indices.
	shards, replicas int

	known   *known
	windows *window.Set
}

// Open prepares a client. It does not connect, so that a program can start while
// Elasticsearch is down.
func Open(cfg Config) (*Client, error) {
	n, err := node.Open(cfg.URLs, writeTimeout, cfg.Instrument)
	if err != nil {
		return nil, err
	}
	c := &Client{node: n, alias: cmp.Or(cfg.Alias, "marquee"), indexed: orZero(cfg.Indexed), flushes: orZero(cfg.Flushes),
		timeout: cmp.Or(cfg.Timeout, searchTimeout), shards: max(cfg.Shards, 1), replicas: cfg.Replicas, known: newKnown(), windows: window.NewSet()}
	c.reads = c.readAlias(mapping)
	return c, nil
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

// numbered reports whether the noun's ids are numbers, which order by value.
func numbered(n *storage.Noun) bool { return !n.Slug }

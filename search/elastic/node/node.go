// Package node sends requests to the nodes of an Elasticsearch cluster and reads
// their answers.
package node

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/elastic/elastic-transport-go/v8/elastictransport"
	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/go-json-experiment/json"

	"marquee/search/elastic/query"
	"marquee/storage"
)

const (
	// slowest bounds every wait for an answer; callers wait less for most of them.
	slowest = time.Minute
	// dialTimeout: a node that takes longer to accept a connection counts as down.
	dialTimeout = time.Second
	// idleConnections is how many connections stay open to each node: one for each of
	// 256 concurrent searches. The default of 2 would open and close one for each search.
	idleConnections = 256
)

// Client sends requests. It is safe for concurrent use.
type Client struct {
	es   *elasticsearch.Client
	http *http.Transport
	// Instrument traces requests; each of them has to name it.
	Instrument elastictransport.Instrumentation
	// Began, if set, is called when a request begins, and returns what is called when its
	// answer is read.
	Began func(context.Context) (ended func())
}

// Open prepares a client of the nodes with these URLs; it does not connect. A
// nil instrument traces nothing.
func Open(urls []string, instrument elastictransport.Instrumentation) (*Client, error) {
	transport := &http.Transport{
		DialContext:           (&net.Dialer{Timeout: dialTimeout, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   2 * dialTimeout,
		ResponseHeaderTimeout: slowest,
		IdleConnTimeout:       90 * time.Second,
		MaxIdleConns:          idleConnections,
		MaxIdleConnsPerHost:   idleConnections,
		DisableCompression:    true, // the network is near, the processor is busy
	}
	es, err := elasticsearch.NewClient(elasticsearch.Config{
		Addresses:       urls,
		Transport:       transport,
		Instrumentation: instrument,
		DisableRetry:    true, // the caller decides; a hidden retry doubles the load of a sick cluster
	})
	if err != nil {
		return nil, fmt.Errorf("open Elasticsearch: %w", err)
	}
	return &Client{es: es, http: transport, Instrument: instrument}, nil
}

// Close closes the idle connections.
func (c *Client) Close() { c.http.CloseIdleConnections() }

// buffers hold responses while they are read: some 30 kB for a page of 10.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps a rare large response from staying in memory.
const maxPooled = 1 << 20

// Call sends a request and decodes a successful answer into out, unless that is
// nil. Nothing in out may refer to the response afterwards.
func (c *Client) Call(ctx context.Context, limit time.Duration, request esapi.Request, out any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	if c.Began != nil {
		defer c.Began(ctx)()
	}
	response, err := request.Do(ctx, c.es)
	if err != nil {
		return Unavailable(ctx, err)
	}
	defer response.Body.Close()
	buffer := buffers.Get().(*bytes.Buffer)
	buffer.Reset()
	defer func() {
		if buffer.Cap() <= maxPooled {
			buffers.Put(buffer)
		}
	}()
	if _, err := buffer.ReadFrom(response.Body); err != nil {
		return Unavailable(ctx, err)
	}
	if response.IsError() {
		return failure(response.StatusCode, buffer.Bytes())
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(buffer.Bytes(), out); err != nil {
		return fmt.Errorf("read the answer of Elasticsearch: %w", err)
	}
	return nil
}

// Unavailable returns the error of a server that did not answer. If the caller has
// cancelled ctx, it returns that.
func Unavailable(ctx context.Context, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	return &storage.Error{Code: storage.Unavailable, Detail: "search does not answer", Err: err}
}

// refused is an answer of Elasticsearch that is an error.
type refused struct {
	status int
	kind   string
	reason string
}

func (r *refused) Error() string {
	return fmt.Sprintf("Elasticsearch: %d %s: %s", r.status, r.kind, r.reason)
}

// failure makes the error of an answer that is one.
func failure(status int, body []byte) error {
	var answer struct {
		Error struct {
			Type   string  `json:"type"`
			Reason string  `json:"reason"`
			Cause  []Cause `json:"root_cause"`
		} `json:"error"`
	}
	r := &refused{status: status}
	if json.Unmarshal(body, &answer) == nil {
		r.kind, r.reason = answer.Error.Type, answer.Error.Reason
		for _, c := range answer.Error.Cause {
			r.kind, r.reason = c.Type, c.Reason // the outer one only says that shards failed
		}
	}
	if Retryable(status, r.kind) || r.kind == KindNoSuchIndex {
		return &storage.Error{Code: storage.Unavailable, Detail: "search cannot answer now", Err: r}
	}
	return r
}

// Cause is an error in an answer.
type Cause struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
}

// Retryable reports whether the server, not the request, is the reason of an error.
// A full disk makes indices read-only (403 cluster_block_exception) until it is
// freed.
func Retryable(status int, kind string) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError || kind == "cluster_block_exception"
}

// IsKind reports whether Elasticsearch answered with an error of a type. The type
// of an error status without an error in its body is "".
func IsKind(err error, kind string) bool {
	r, ok := errors.AsType[*refused](err)
	return ok && r.kind == kind
}

// KindNoSuchIndex is the type of the error for an index or alias that does not exist.
const KindNoSuchIndex = "index_not_found_exception"

// NoSuchIndex reports whether the error says that an index or alias does not exist.
func NoSuchIndex(err error) bool { return IsKind(err, KindNoSuchIndex) }

// NotFound reports whether Elasticsearch answered with status 404.
func NotFound(err error) bool {
	r, ok := errors.AsType[*refused](err)
	return ok && r.status == http.StatusNotFound
}

// KeepAlive is how long a point in time lives after its last use: longer than pages
// are read from one, and than a scan pauses between two requests.
const KeepAlive = "3m"

// OpenPIT opens a point in time of an index for several searches, on the replica
// that preference chooses.
func (c *Client) OpenPIT(ctx context.Context, limit time.Duration, index, preference string) (string, error) {
	var a struct {
		ID string `json:"id"`
	}
	request := esapi.OpenPointInTimeRequest{Instrument: c.Instrument, Index: []string{index}, KeepAlive: KeepAlive, Preference: preference}
	err := c.Call(ctx, limit, request, &a)
	return a.ID, err
}

// ClosePIT frees a point in time. An error does not matter: the server frees it
// after KeepAlive.
func (c *Client) ClosePIT(ctx context.Context, limit time.Duration, id string) {
	_ = c.Call(ctx, limit, esapi.ClosePointInTimeRequest{Instrument: c.Instrument, Body: query.JSON(nil).Open(`{"id":`).Text(id).Close("}").Body()}, nil)
}

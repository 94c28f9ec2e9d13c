package elastic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"github.com/go-json-experiment/json"

	"marquee/storage"
)

// buffers hold responses while they are read: some 30 kB for a page of 10.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps a rare large response from staying in memory.
const maxPooled = 1 << 20

// call sends a request and decodes a successful answer into out, unless that
// is nil. Nothing in out may refer to the response afterwards.
func (c *Client) call(ctx context.Context, limit time.Duration, request esapi.Request, out any) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	response, err := request.Do(ctx, c.es)
	if err != nil {
		return unavailable(ctx, err)
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
		return unavailable(ctx, err)
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

// unavailable is the error of a server that did not answer. What the caller
// itself cancelled stays that.
func unavailable(ctx context.Context, err error) error {
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

// failure reads an error answer.
func failure(status int, body []byte) error {
	var answer struct {
		Error struct {
			Type   string  `json:"type"`
			Reason string  `json:"reason"`
			Cause  []cause `json:"root_cause"`
		} `json:"error"`
	}
	r := &refused{status: status}
	if json.Unmarshal(body, &answer) == nil {
		r.kind, r.reason = answer.Error.Type, answer.Error.Reason
		for _, c := range answer.Error.Cause {
			r.kind, r.reason = c.Type, c.Reason // the outer one only says that shards failed
		}
	}
	if retryable(status, r.kind) || r.kind == "index_not_found_exception" {
		return &storage.Error{Code: storage.Unavailable, Detail: "search cannot answer now", Err: r}
	}
	return r
}

type cause struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
}

// retryable reports whether the server, not the request, is the reason. A full
// disk makes indices read-only (403 cluster_block_exception) until it is freed.
func retryable(status int, kind string) bool {
	return status == http.StatusTooManyRequests || status >= http.StatusInternalServerError || kind == "cluster_block_exception"
}

// isKind reports whether Elasticsearch answered with an error of that type.
func isKind(err error, kind string) bool {
	r, ok := errors.AsType[*refused](err)
	return ok && r.kind == kind
}

// body is the body of a request.
func body(v any) io.Reader { return bytes.NewReader(encode(v)) }

// encode writes a part of a request, the same for the same value.
func encode(v any) []byte {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(fmt.Sprintf("elastic: encode a request: %v", err)) // maps of plain values always encode
	}
	return b
}

// object is a JSON object in a request.
type object = map[string]any

package elastic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/elastic/go-elasticsearch/v8/esapi"

	"marquee/search"
	"marquee/search/elastic/node"
	"marquee/storage"
)

const (
	// bulkBytes is the size at which a request is sent. Elasticsearch advises 5 to
	// 15 MB; more only costs memory on both sides.
	bulkBytes = 5 << 20
	// bulkOperations bounds a request of small documents, and is what a worker
	// takes at a time.
	bulkOperations = 1000
)

// Bulk applies operations to a physical index and returns those that were
// refused; see search.Index. An error means that some may not have been
// applied: applying all of them again does no harm.
func (c *Client) Bulk(ctx context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	if len(ops) <= bulkOperations {
		return c.apply(ctx, index, ops)
	}
	parts := make(chan []search.Operation)
	go func() {
		defer close(parts)
		for part := range slices.Chunk(ops, bulkOperations) {
			parts <- part
		}
	}()
	var (
		mu      sync.Mutex
		group   sync.WaitGroup
		refusal []search.Refusal
		failed  error
	)
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for part := range parts {
				if mu.Lock(); failed != nil {
					mu.Unlock()
					continue // drains the channel
				}
				mu.Unlock()
				r, err := c.apply(ctx, index, part)
				mu.Lock()
				refusal, failed = append(refusal, r...), errors.Join(failed, err)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return refusal, failed
}

// apply sends operations in requests of at most bulkBytes and one document.
func (c *Client) apply(ctx context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	var refusals []search.Refusal
	var lines []byte
	first := 0
	for i := range ops {
		lines = appendLines(lines, &ops[i])
		if len(lines) < bulkBytes && i+1 < len(ops) {
			continue
		}
		r, err := c.send(ctx, index, lines, ops[first:i+1])
		if err != nil {
			return refusals, fmt.Errorf("bulk into %s: %w", index, err)
		}
		refusals = append(refusals, r...)
		lines, first = lines[:0], i+1
	}
	return refusals, nil
}

// appendLines appends an operation as Elasticsearch reads it: what to do, then
// the document, if any.
func appendLines(dst []byte, op *search.Operation) []byte {
	action := "index"
	if op.Document == nil {
		action = "delete"
	}
	dst = append(append(append(dst, `{"`...), action...), `":{"_id":"`...)
	dst = append(append(dst, key(op.Noun, op.ID)...), `","version_type":"external_gte","version":`...)
	dst = append(strconv.AppendInt(dst, op.Version, 10), "}}\n"...)
	if op.Document != nil {
		dst = append(append(dst, Source(op)...), '\n')
	}
	return dst
}

// key is a document's id in the index.
func key(n *storage.Noun, id string) string { return n.Name + ":" + id }

// bulkAnswer is what became of each operation, in order.
type bulkAnswer struct {
	Errors bool                 `json:"errors"`
	Items  []map[string]outcome `json:"items"`
}

type outcome struct {
	Status int        `json:"status"`
	Error  node.Cause `json:"error"`
}

func (c *Client) send(ctx context.Context, index string, lines []byte, ops []search.Operation) ([]search.Refusal, error) {
	alias := true
	request := esapi.BulkRequest{Instrument: c.node.Instrument, Index: index + writeSuffix, Body: bytes.NewReader(lines), RequireAlias: &alias,
		FilterPath: []string{"errors", "items.*.status", "items.*.error.type", "items.*.error.reason"}}
	var answer bulkAnswer
	if err := c.node.Call(ctx, writeTimeout, request, &answer); err != nil {
		return nil, noIndex(err)
	}
	if !answer.Errors {
		return nil, nil
	}
	if len(answer.Items) != len(ops) {
		return nil, fmt.Errorf("answer for %d of %d operations", len(answer.Items), len(ops))
	}
	var refusals []search.Refusal
	for i, item := range answer.Items {
		for _, o := range item {
			switch {
			case o.Error.Type == node.KindNoSuchIndex:
				return nil, search.ErrNoIndex
			case o.Error.Type == "" || o.Status == http.StatusConflict: // a newer one is there
			default:
				refusals = append(refusals, search.Refusal{Operation: ops[i], Reason: o.Error.Type + ": " + o.Error.Reason,
					Retryable: node.Retryable(o.Status, o.Error.Type)})
			}
		}
	}
	return refusals, nil
}

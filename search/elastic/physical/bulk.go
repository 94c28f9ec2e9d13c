package physical

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"runtime"
	"slices"
	"strconv"
	"sync"

	"github.com/elastic/go-elasticsearch/v8/esapi"
	"golang.org/x/sync/errgroup"

	"marquee/search"
	"marquee/search/elastic/document"
	"marquee/search/elastic/node"
)

const (
	// bulkBytes is the size at which a request is sent. Elasticsearch advises 5 to
	// 15 MB; more only costs memory on both sides.
	bulkBytes = 5 << 20
	// bulkOperations bounds a request of small documents, and the operations that a
	// worker takes at a time.
	bulkOperations = 1000
)

// Bulk applies operations to a physical index and returns those that were refused; see
// search.Index. After an error some may not have been applied. Applying all of them
// again does no harm.
func (x *Store) Bulk(ctx context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	var mu sync.Mutex
	var refusals []search.Refusal
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))
	for part := range slices.Chunk(ops, bulkOperations) {
		group.Go(func() error {
			r, err := x.apply(ctx, index, part)
			mu.Lock()
			defer mu.Unlock()
			refusals = append(refusals, r...)
			return err
		})
	}
	err := group.Wait()
	return refusals, err
}

// apply sends operations in requests of at most bulkBytes and one document.
func (x *Store) apply(ctx context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	var refusals []search.Refusal
	var lines []byte
	first := 0
	for i := range ops {
		lines = appendLines(lines, &ops[i])
		if len(lines) < bulkBytes && i+1 < len(ops) {
			continue
		}
		r, err := x.send(ctx, index, lines, ops[first:i+1])
		if err != nil {
			return refusals, fmt.Errorf("bulk into %s: %w", index, err)
		}
		refusals = append(refusals, r...)
		lines, first = lines[:0], i+1
	}
	return refusals, nil
}

// appendLines appends an operation as Elasticsearch reads it: the action, then the
// document, if any.
func appendLines(dst []byte, op *search.Operation) []byte {
	action := "index"
	if op.Document == nil {
		action = "delete"
	}
	dst = append(append(append(dst, `{"`...), action...), `":{"_id":"`...)
	dst = append(append(dst, document.Key(op.Noun, op.ID)...), `","version_type":"external_gte","version":`...)
	dst = append(strconv.AppendInt(dst, op.Version, 10), "}}\n"...)
	if op.Document != nil {
		dst = append(append(dst, document.Encode(op)...), '\n')
	}
	return dst
}

// bulkAnswer has the outcome of each operation, in order.
type bulkAnswer struct {
	Errors bool                 `json:"errors"`
	Items  []map[string]outcome `json:"items"`
}

type outcome struct {
	Status int        `json:"status"`
	Error  node.Cause `json:"error"`
}

func (x *Store) send(ctx context.Context, index string, lines []byte, ops []search.Operation) ([]search.Refusal, error) {
	alias := true
	request := esapi.BulkRequest{Instrument: x.node.Instrument, Index: index + writeSuffix, Body: bytes.NewReader(lines), RequireAlias: &alias,
		FilterPath: []string{"errors", "items.*.status", "items.*.error.type", "items.*.error.reason"}}
	var answer bulkAnswer
	if err := x.node.Call(ctx, timeout, request, &answer); err != nil {
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
			case o.Error.Type == "" || o.Status == http.StatusConflict: // the index has a newer version
			default:
				refusals = append(refusals, search.Refusal{Operation: ops[i], Reason: o.Error.Type + ": " + o.Error.Reason,
					Retryable: node.Retryable(o.Status, o.Error.Type)})
			}
		}
	}
	return refusals, nil
}

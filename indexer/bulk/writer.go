// Package bulk writes operations to a physical index in bulk requests of bounded size,
// and repeats operations that a busy index refused.
package bulk

import (
	"context"
	"errors"
	"fmt"

	"marquee/indexer/pair"
	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

// Writer writes operations to one physical index. One bulk request is in flight
// while the next is gathered, so that at most two are in memory. A Writer is not
// safe for concurrent use.
type Writer struct {
	pair  *pair.Pair
	index string
	batch []search.Operation
	bytes int
	// flight receives the result of the request in flight; nil when there is none.
	flight chan result
	sent   int
	dead   []storage.DeadLetter
}

// result is the result of a bulk request.
type result struct {
	dead []storage.DeadLetter
	err  error
}

// NewWriter makes a writer. Close must be called.
func NewWriter(p *pair.Pair, index string) *Writer { return &Writer{pair: p, index: index} }

// Add adds an operation. When a batch is full, Add waits for the request in flight
// and sends the batch.
func (w *Writer) Add(ctx context.Context, op search.Operation) error {
	w.batch = append(w.batch, op)
	w.bytes += op.Document.Weight()
	if len(w.batch) < w.pair.BatchItems && w.bytes < w.pair.BatchBytes {
		return nil
	}
	if err := w.land(); err != nil {
		return err
	}
	batch, flight := w.batch, make(chan result, 1)
	w.flight, w.sent, w.batch, w.bytes = flight, w.sent+len(batch), nil, 0
	go func() {
		dead, err := w.send(ctx, batch)
		flight <- result{dead, err}
	}()
	return nil
}

// land waits for the request in flight.
func (w *Writer) land() error {
	if w.flight == nil {
		return nil
	}
	r := <-w.flight // send ends with its context
	w.flight = nil
	w.dead = append(w.dead, r.dead...)
	return r.err
}

// Close sends the last batch, waits for all requests, and stores the dead letters.
// cause is the error that ended the gathering, if any: then the last batch is not
// sent.
func (w *Writer) Close(ctx context.Context, cause error) error {
	err := errors.Join(cause, w.land())
	if err == nil && len(w.batch) > 0 {
		var dead []storage.DeadLetter
		dead, err = w.send(ctx, w.batch)
		w.dead, w.sent = append(w.dead, dead...), w.sent+len(w.batch)
	}
	if len(w.dead) > 0 { // also when something else failed
		err = errors.Join(err, pair.OnStore(ctx, func(ctx context.Context) error { return w.pair.Store.Bury(ctx, w.dead) }))
	}
	w.pair.Counts.Operations.Add(int64(w.sent))
	return err
}

// Dead returns the dead letters of operations that the index refused for good.
func (w *Writer) Dead() []storage.DeadLetter { return w.dead }

// maxTries bounds how often one batch is sent, with pauses of up to 15 s in all.
// Then the caller's step fails, and is repeated from its checkpoint.
const maxTries = 8

// errBusy is an index that keeps refusing operations for reasons of its own.
var errBusy = errors.New("the search index cannot take more now")

// send sends a batch until the index has taken all but the operations that it
// refuses for good. An operation that may be taken later is never given up.
func (w *Writer) send(ctx context.Context, ops []search.Operation) (dead []storage.DeadLetter, err error) {
	var pause poll.Backoff
	for try := 1; ; try++ {
		var refusals []search.Refusal
		err := pair.OnBulk(ctx, func(ctx context.Context) (err error) {
			refusals, err = w.pair.Index.Bulk(ctx, w.index, ops)
			return err
		})
		if errors.Is(err, search.ErrNoIndex) || ctx.Err() != nil {
			return dead, errors.Join(err, ctx.Err())
		}
		if err == nil {
			retryable, final := w.sort(refusals)
			if dead = append(dead, final...); len(retryable) == 0 {
				return dead, nil
			}
			ops = operations(retryable)
			err = fmt.Errorf("%w: %d operations, such as %s %s: %s", errBusy, len(ops), ops[0].Noun.Name, ops[0].ID, retryable[0].Reason)
		}
		if try == maxTries {
			return dead, err
		}
		w.pair.Counts.Retries.Add(1)
		w.pair.Logger.Warn("the search index did not take everything; sending it again", "index", w.index, "operations", len(ops), "try", try, "err", err)
		w.pair.Sleep(ctx, pause.Next())
	}
}

// sort separates retryable refusals from final ones. It counts and logs the final ones.
func (w *Writer) sort(refusals []search.Refusal) (retryable []search.Refusal, final []storage.DeadLetter) {
	for i := range refusals {
		r := &refusals[i]
		if r.Retryable {
			retryable = append(retryable, *r)
			continue
		}
		w.pair.Counts.Dead.Add(1)
		w.pair.Logger.Error("the search index refused an object", "index", w.index, "noun", r.Noun.Name, "id", r.ID, "version", r.Version, "reason", r.Reason)
		final = append(final, storage.DeadLetter{Index: w.index, Noun: r.Noun, ID: r.ID, Version: r.Version, Reason: r.Reason, At: w.pair.Clock.Now(), Attempts: 1})
	}
	return retryable, final
}

func operations(refusals []search.Refusal) []search.Operation {
	ops := make([]search.Operation, len(refusals))
	for i := range refusals {
		ops[i] = refusals[i].Operation
	}
	return ops
}

package indexer

import (
	"context"
	"errors"
	"fmt"

	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
)

// bulkTries bounds how often one load is sent, with pauses of up to 15 s in all.
// Then the step fails, and is begun anew from its checkpoint.
const bulkTries = 8

// errBusy is an index that keeps refusing work for reasons of its own.
var errBusy = errors.New("the search index cannot take more now")

// sender gives operations to a physical index in bounded loads: one is on its
// way while the next is gathered.
type sender struct {
	x     *Indexer
	index string
	load  []search.Operation
	bytes int
	// flight is the load on its way, with the answer to come. Nil when none is.
	flight chan answer
	sent   int
	dead   []storage.DeadLetter
}

// answer is what became of a load.
type answer struct {
	dead []storage.DeadLetter
	err  error
}

func (x *Indexer) newSender(index string) *sender { return &sender{x: x, index: index} }

// add takes an operation, and waits while a full load has to wait for the one
// before it.
func (s *sender) add(ctx context.Context, op search.Operation) error {
	s.load = append(s.load, op)
	s.bytes += op.Document.Weight()
	if len(s.load) < s.x.BatchItems && s.bytes < s.x.BatchBytes {
		return nil
	}
	if err := s.land(); err != nil {
		return err
	}
	load, flight := s.load, make(chan answer, 1)
	s.flight, s.sent, s.load, s.bytes = flight, s.sent+len(load), nil, 0
	go func() {
		dead, err := s.x.send(ctx, s.index, load)
		flight <- answer{dead, err}
	}()
	return nil
}

// land waits for the load that is on its way.
func (s *sender) land() error {
	if s.flight == nil {
		return nil
	}
	a := <-s.flight // send ends with its context
	s.flight = nil
	s.dead = append(s.dead, a.dead...)
	return a.err
}

// close sends the rest, waits for everything, and stores the letters about what
// was refused. It must be called, so that no load stays in flight; cause is the
// error that ended the gathering, if any.
func (s *sender) close(ctx context.Context, cause error) error {
	err := errors.Join(cause, s.land())
	if err == nil && len(s.load) > 0 {
		var dead []storage.DeadLetter
		dead, err = s.x.send(ctx, s.index, s.load)
		s.dead, s.sent = append(s.dead, dead...), s.sent+len(s.load)
	}
	if len(s.dead) > 0 { // also when something else failed
		err = errors.Join(err, bounded(ctx, storeTimeout, func(ctx context.Context) error { return s.x.Store.Bury(ctx, s.dead) }))
	}
	s.x.stats.operations.Add(int64(s.sent))
	return err
}

// send gives one load to the index until it has taken everything but what it
// refuses for good. An operation is never given up for what is not its fault.
func (x *Indexer) send(ctx context.Context, index string, ops []search.Operation) ([]storage.DeadLetter, error) {
	var pause poll.Backoff
	var dead []storage.DeadLetter
	for try := 1; ; try++ {
		var refusals []search.Refusal
		err := bounded(ctx, bulkTimeout, func(ctx context.Context) (err error) {
			refusals, err = x.Index.Bulk(ctx, index, ops)
			return err
		})
		switch {
		case errors.Is(err, search.ErrNoIndex) || ctx.Err() != nil:
			return dead, errors.Join(err, ctx.Err())
		case err == nil:
			var again []search.Operation
			for i := range refusals {
				if refusals[i].Retryable {
					again = append(again, refusals[i].Operation)
				} else {
					dead = append(dead, x.letter(index, &refusals[i]))
				}
			}
			if len(again) == 0 {
				return dead, nil
			}
			ops, err = again, fmt.Errorf("%w: %d operations, such as %s %s: %s", errBusy, len(again), again[0].Noun.Name, again[0].ID, reason(refusals))
		}
		if try == bulkTries {
			return dead, err
		}
		x.stats.retries.Add(1)
		x.Logger.Warn("the search index did not take everything; sending it again", "index", index, "operations", len(ops), "try", try, "err", err)
		x.sleep(ctx, pause.Next())
	}
}

// reason is that of the first refusal that may be taken later.
func reason(refusals []search.Refusal) string {
	for i := range refusals {
		if refusals[i].Retryable {
			return refusals[i].Reason
		}
	}
	return ""
}

// letter counts and logs an operation that was refused for good.
func (x *Indexer) letter(index string, r *search.Refusal) storage.DeadLetter {
	x.stats.dead.Add(1)
	x.Logger.Error("the search index refused an object", "index", index, "noun", r.Noun.Name, "id", r.ID, "version", r.Version, "reason", r.Reason)
	return storage.DeadLetter{Index: index, Noun: r.Noun, ID: r.ID, Version: r.Version, Reason: r.Reason, At: x.Clock.Now(), Attempts: 1}
}

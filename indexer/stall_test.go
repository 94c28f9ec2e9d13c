package indexer_test

import (
	"context"
	"sync"
	"sync/atomic"

	"marquee/search"
)

// stall delays the first bulk request after it is armed.
type stall struct {
	*fakeIndex
	armed         atomic.Bool
	held, release chan struct{}
	freed         sync.Once
}

// free lets the delayed request go on.
func (s *stall) free() { s.freed.Do(func() { close(s.release) }) }

func (s *stall) Bulk(ctx context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	if s.armed.CompareAndSwap(true, false) {
		close(s.held)
		<-s.release
	}
	return s.fakeIndex.Bulk(ctx, index, ops)
}

// noLock is the store of a process that wrongly assumes that it leads.
type noLock struct{ Store }

func (noLock) Lead(ctx context.Context, _ string, f func(context.Context) error) error { return f(ctx) }

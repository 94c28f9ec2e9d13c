package indexer_test

import (
	"context"
	"sync/atomic"

	"marquee/search"
)

// stall is an index whose first bulk request, once armed, is held up on its way.
type stall struct {
	*fakeIndex
	armed         atomic.Bool
	held, release chan struct{}
}

func (s *stall) Bulk(ctx context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	if s.armed.CompareAndSwap(true, false) {
		close(s.held)
		<-s.release
	}
	return s.fakeIndex.Bulk(ctx, index, ops)
}

// noLock is the store of a process that believes it leads.
type noLock struct{ Store }

func (noLock) Lead(ctx context.Context, _ string, f func(context.Context) error) error { return f(ctx) }

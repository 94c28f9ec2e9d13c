package api_test

import (
	"context"
	"sync"
	"testing"

	"marquee/api"
	"marquee/cache"
	"marquee/storage"
)

// memoryTail is the tail of a memory's log, as one process knows it.
type memoryTail struct {
	*memory
	mu sync.Mutex
	// known, floor and required are its three versions.
	known, floor, required int64
}

var _ api.Tail = (*memoryTail)(nil)

// follow reads all writes. A floor above the earlier one makes the changes up to it
// unknown.
func (l *memoryTail) follow(floor int64) {
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.known, l.floor = l.version, max(l.floor, floor)
}

func (l *memoryTail) require(version int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.required = max(l.required, version)
}

func (l *memoryTail) Version() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.known
}

func (l *memoryTail) Required() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.required
}

func (l *memoryTail) Between(from, to int64, visit func(*storage.Change) bool) bool {
	l.mu.Lock()
	known := from >= l.floor && to <= l.known
	l.mu.Unlock()
	if !known {
		return false
	}
	l.memory.mu.Lock()
	defer l.memory.mu.Unlock()
	for i := range l.log {
		if c := &l.log[i]; c.Version > from && c.Version <= to && !visit(c) {
			break
		}
	}
	return true
}

func (l *memoryTail) Stamp() uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return uint64(l.known + l.floor + l.required)
}

func (l *memoryTail) Current() bool { return true }

// cached returns a seeded client of an API with a cache in front.
func cached(t testing.TB) (*client, *memoryTail) {
	t.Helper()
	_, m := seeded(t)
	tail := &memoryTail{memory: m}
	tail.follow(0)
	freshness := api.NewFreshness(tail, nil)
	origin := api.New(api.Config{Catalogue: m, Versions: m, Logger: quiet(), Freshness: freshness})
	handler, err := cache.New(cache.Config{Next: origin, Plan: origin.Plan, Checker: freshness, PreconditionFailed: origin.PreconditionFailed()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := handler.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &client{t: t, handler: handler, token: editorToken}, tail
}

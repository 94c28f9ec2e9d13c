package nonce

import (
	"container/heap"
	"context"
	"sync"
	"time"
)

// Memory remembers nonces in this process until it ends. That is enough where it is the
// only process. Its methods may be called from many goroutines.
type Memory struct {
	max   int
	now   func() time.Time
	mu    sync.Mutex
	known map[digest]struct{}
	queue queue
}

// NewMemory returns an empty memory for up to maxNonces nonces that have not expired,
// each of about 150 bytes. now is the clock; nil is time.Now.
func NewMemory(maxNonces int, now func() time.Time) *Memory {
	if now == nil {
		now = time.Now
	}
	return &Memory{max: maxNonces, now: now, known: map[digest]struct{}{}}
}

// Use reports whether the key was not used within its time to live, and remembers it
// for ttl, at least 1 ms. When there is no room the error is ErrFull: no nonce is
// dropped early.
func (m *Memory) Use(_ context.Context, key string, ttl time.Duration) (fresh bool, err error) {
	d, err := checked(key, ttl)
	if err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	m.forget(now)
	if _, used := m.known[d]; used {
		return false, nil
	}
	if len(m.known) >= m.max {
		return false, ErrFull
	}
	m.known[d] = struct{}{}
	heap.Push(&m.queue, expiry{digest: d, at: now.Add(ttl)})
	return true, nil
}

// forget drops expired nonces. Each is dropped once, so a call costs little on average.
// It costs most after a long time without calls.
func (m *Memory) forget(now time.Time) {
	for len(m.queue) > 0 && !m.queue[0].at.After(now) {
		e, _ := heap.Pop(&m.queue).(expiry)
		delete(m.known, e.digest)
	}
}

// expiry is a nonce with the time at which it is dropped.
type expiry struct {
	digest digest
	at     time.Time
}

// queue is a heap whose first nonce expires soonest.
type queue []expiry

// Len is part of heap.Interface.
func (q queue) Len() int { return len(q) }

// Less is part of heap.Interface.
func (q queue) Less(i, j int) bool { return q[i].at.Before(q[j].at) }

// Swap is part of heap.Interface.
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }

// Push is part of heap.Interface.
func (q *queue) Push(x any) {
	e, _ := x.(expiry)
	*q = append(*q, e)
}

// Pop is part of heap.Interface.
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	*q = old[:len(old)-1]
	return last
}

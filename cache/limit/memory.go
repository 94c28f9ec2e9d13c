package limit

import (
	"container/heap"
	"hash/maphash"
	"sync"
	"time"

	"marquee/cache/rate"
)

// shards is the number of parts of a memory, each with its own lock.
const shards = 64

// memory is the generic cell rate algorithm (ITU-T I.371) in one process. It stores
// the time at which the burst of a key will be whole again. Times are durations since
// the start of the limiter.
//
// The number of keys is bounded. The key that is whole soonest is evicted first: mostly
// it is whole already, and nothing is lost. Under a flood of keys it is one that has
// spent little, never one that is near its limit.
type memory struct {
	seed   maphash.Seed
	shards [shards]shard
}

func newMemory(maxKeys int) *memory {
	m := &memory{seed: maphash.MakeSeed()}
	for i := range m.shards {
		m.shards[i] = shard{most: max(maxKeys/shards, 1), keys: map[string]*key{}}
	}
	return m
}

func (m *memory) lock(name string) *shard {
	s := &m.shards[maphash.String(m.seed, name)%shards]
	s.mu.Lock()
	return s
}

// check returns what take would decide, and spends nothing.
func (m *memory) check(name string, l rate.Limit, cost int, now time.Duration) rate.Decision {
	s := m.lock(name)
	defer s.mu.Unlock()
	allowed, reset := s.judge(name, l, cost, now)
	return l.Decide(allowed, cost, reset)
}

// take spends the cost if the limit allows it.
func (m *memory) take(name string, l rate.Limit, cost int, now time.Duration) rate.Decision {
	s := m.lock(name)
	defer s.mu.Unlock()
	allowed, reset := s.judge(name, l, cost, now)
	if allowed {
		s.set(name, now+reset, now)
	}
	return l.Decide(allowed, cost, reset)
}

// charge spends a cost that Redis has allowed.
func (m *memory) charge(name string, l rate.Limit, cost int, now time.Duration) {
	s := m.lock(name)
	defer s.mu.Unlock()
	s.set(name, now+s.reset(name, now)+l.Span(cost), now)
}

// raise makes a key whole no sooner than Redis says.
func (m *memory) raise(name string, reset, now time.Duration) {
	s := m.lock(name)
	defer s.mu.Unlock()
	s.set(name, now+max(reset, s.reset(name, now)), now)
}

// shard is a part of the keys.
type shard struct {
	mu    sync.Mutex
	most  int
	keys  map[string]*key
	queue queue
}

// key is the time at which a key is whole again, with its index in the queue.
type key struct {
	name  string
	whole time.Duration
	index int
}

// reset is the time until a key is whole again.
func (s *shard) reset(name string, now time.Duration) time.Duration {
	if k := s.keys[name]; k != nil {
		return max(k.whole-now, 0)
	}
	return 0
}

// judge reports whether the limit allows a cost, and the time until the key is whole
// again after that decision.
func (s *shard) judge(name string, l rate.Limit, cost int, now time.Duration) (allowed bool, reset time.Duration) {
	before := s.reset(name, now)
	if after := before + l.Span(cost); after <= l.Span(l.Burst) {
		return true, after
	}
	return false, before
}

func (s *shard) set(name string, whole, now time.Duration) {
	if k := s.keys[name]; k != nil {
		k.whole = whole
		heap.Fix(&s.queue, k.index)
		return
	}
	s.evict(now)
	k := &key{name: name, whole: whole}
	s.keys[name] = k
	heap.Push(&s.queue, k)
}

// evict makes room for one key. It drops up to two keys that are whole, so that the
// keys of a past flood become fewer with each new key, and no call takes long.
func (s *shard) evict(now time.Duration) {
	for range 2 {
		if len(s.queue) == 0 || s.queue[0].whole > now && len(s.queue) < s.most {
			return
		}
		k, _ := heap.Pop(&s.queue).(*key)
		delete(s.keys, k.name)
	}
}

// queue is a heap whose first key is whole soonest.
type queue []*key

// Len is part of heap.Interface.
func (q queue) Len() int { return len(q) }

// Less is part of heap.Interface.
func (q queue) Less(i, j int) bool { return q[i].whole < q[j].whole }

// Swap is part of heap.Interface.
func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push is part of heap.Interface.
func (q *queue) Push(x any) {
	k, _ := x.(*key)
	k.index = len(*q)
	*q = append(*q, k)
}

// Pop is part of heap.Interface.
func (q *queue) Pop() any {
	old := *q
	last := old[len(old)-1]
	old[len(old)-1] = nil
	*q = old[:len(old)-1]
	return last
}

package cache

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// surrogateHeader lists the keys of what a response shows, for purging and for
// aging.
const surrogateHeader = "Surrogate-Key"

// maxAged bounds the keys that are remembered, at some 100 bytes each. Beyond
// it everything read before counts as aged.
const maxAged = 50_000

// aging knows which responses show something soft, a count, that has changed
// since they were read. It makes nothing invalid: they are still served, and
// replaced behind.
type aging struct {
	// generation is different after each change of what follows.
	generation atomic.Uint64

	mu sync.RWMutex
	// keys tells when what a key stands for changed last, and all when anything
	// may have; both in nanoseconds of Unix time.
	keys map[string]int64
	all  int64
}

// Age has responses that carry one of the surrogate keys, and were read by the
// clock's store before now, replaced behind the next request for each. Until
// then, and while the origin is crowded or fails, they are served as before.
func (h *Handler) Age(clock Clock, keys []string) {
	h.aging[clock].age(keys, time.Now().UnixNano())
}

// AgeAll is Age for every response of the clock's store: when it is not known
// which have changed.
func (h *Handler) AgeAll(clock Clock) { h.aging[clock].ageAll(time.Now().UnixNano()) }

func (a *aging) age(keys []string, now int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keys == nil {
		a.keys = map[string]int64{}
	}
	for _, key := range keys {
		if _, there := a.keys[key]; !there && len(a.keys) >= maxAged {
			a.forget(now)
		}
		a.keys[key] = now
	}
	a.generation.Add(1)
}

func (a *aging) ageAll(now int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.forget(now)
	a.generation.Add(1)
}

// forget lets one time stand for all keys.
func (a *aging) forget(now int64) {
	a.keys, a.all = map[string]int64{}, now
}

// aged reports whether what the response shows has changed since it was read. A
// hit compares a number; only a new generation makes it look up the keys.
func (a *aging) aged(e *entry) bool {
	generation := a.generation.Load()
	if e.aged.Load() {
		return true
	}
	if e.generation.Load() == generation {
		return false
	}
	if a.holds(e) {
		e.aged.Store(true)
		return true
	}
	e.generation.Store(generation)
	return false
}

func (a *aging) holds(e *entry) bool {
	a.mu.RLock()
	defer a.mu.RUnlock()
	if e.made < a.all {
		return true
	}
	for key := range strings.SplitSeq(e.value(surrogateHeader), " ") {
		if e.made < a.keys[key] {
			return true
		}
	}
	return false
}

// aged reports whether an entry shows what has changed since.
func (h *Handler) aged(e *entry) bool { return h.aging[e.clock].aged(e) }

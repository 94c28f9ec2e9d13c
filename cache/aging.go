package cache

import (
	"strings"
	"sync"
	"sync/atomic"

	"marquee/cache/plan"
)

// surrogateHeader lists the keys of what a response shows, for purging and for
// aging.
const surrogateHeader = "Surrogate-Key"

// maxAged bounds the keys that are remembered, at some 100 bytes each. Beyond
// it everything read before counts as aged.
const maxAged = 50_000

// aging knows which responses show something soft, a count, that has changed
// since they were read. It makes nothing invalid: they are still served, and
// replaced behind. It goes by places in the log of counts, which are the same for
// all processes, and by no clock.
type aging struct {
	// generation is different after each change of what follows.
	generation atomic.Uint64
	// place is where the log has been followed to: what is read from now on shows
	// all counts up to it.
	place atomic.Int64

	mu sync.RWMutex
	// keys tells at which place what a key stands for changed last, and all where
	// anything may have.
	keys map[string]int64
	all  int64
}

// Age has responses that carry one of the surrogate keys, and may have been read
// before the clock's store was at the place in the log of counts, replaced behind
// the next request for each. Until then, and while the origin is crowded or fails,
// they are served as before. Whatever is read after the call must show the counts
// up to the place.
func (h *Handler) Age(source plan.Source, keys []string, place int64) {
	h.aging[source].age(keys, place)
}

// AgeAll is Age for every response of the clock's store that may have been read
// before the place: when it is not known which have changed. A place before the
// last one is that of an index which took another's place, and has less; what is
// in memory may have been read from it unawares, and ages whatever its place.
func (h *Handler) AgeAll(source plan.Source, place int64) {
	if back := h.aging[source].ageAll(place); !back {
		return
	}
	for _, e := range h.memory.entries.All() {
		if e.source == source {
			e.aged.Store(true)
		}
	}
}

// places are where each log of counts has been followed to.
func (h *Handler) places() (at [plan.Sources]int64) {
	for source := range at {
		at[source] = h.aging[source].place.Load()
	}
	return at
}

func (a *aging) age(keys []string, place int64) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.keys == nil {
		a.keys = map[string]int64{}
	}
	for _, key := range keys {
		if _, there := a.keys[key]; !there && len(a.keys) >= maxAged {
			a.forget(place)
		}
		a.keys[key] = place
	}
	a.moved(place)
}

// ageAll reports whether the place is before the last one.
func (a *aging) ageAll(place int64) (back bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	back = place < a.place.Load()
	a.forget(place)
	a.moved(place)
	return back
}

// moved tells of the place first: who finds an entry aged reads at it.
func (a *aging) moved(place int64) {
	a.place.Store(place)
	a.generation.Add(1)
}

// forget lets one place stand for all keys.
func (a *aging) forget(place int64) {
	a.keys, a.all = map[string]int64{}, place
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
	if e.counted < a.all {
		return true
	}
	for key := range strings.SplitSeq(e.value(surrogateHeader), " ") {
		if e.counted < a.keys[key] {
			return true
		}
	}
	return false
}

// aged reports whether an entry shows what has changed since.
func (h *Handler) aged(e *entry) bool { return h.aging[e.source].aged(e) }

// Package counters follows which objects' counters (likes, dislikes, views) have
// changed, to find the responses that show old ones. It uses positions in the flush
// log, which all processes share, and no clock.
package counters

import (
	"strings"
	"sync"
	"sync/atomic"
)

// maxKeys bounds the surrogate keys that are remembered, at about 100 bytes each.
// Beyond it, everything read earlier counts as outdated.
const maxKeys = 50_000

// Tracker knows the last change of each surrogate key in one source. Its zero value
// is at position 0. Its methods may be called from many goroutines.
type Tracker struct {
	// generation differs after each change of what follows.
	generation atomic.Uint64
	// position is how far the flush log was followed.
	position atomic.Int64

	mu sync.RWMutex
	// keys has the position of the last change of each key. all is the last position
	// at which any key may have changed.
	keys map[string]int64
	all  int64
}

// Position is how far the flush log was followed. Later reads of the source show the
// counters up to this position.
func (t *Tracker) Position() int64 { return t.position.Load() }

// Generation changes whenever a result of Outdated may change.
func (t *Tracker) Generation() uint64 { return t.generation.Load() }

// Changed records that the counters of the keys' objects changed, and that the log
// was followed up to position.
func (t *Tracker) Changed(keys []string, position int64) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.keys == nil {
		t.keys = map[string]int64{}
	}
	for _, key := range keys {
		if _, there := t.keys[key]; !there && len(t.keys) >= maxKeys {
			t.forget(position)
		}
		t.keys[key] = position
	}
	t.moved(position)
}

// AllChanged records that any counters may have changed up to position. It reports
// whether that is before the last position: the source was replaced by one that has
// fewer flushes.
func (t *Tracker) AllChanged(position int64) (back bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	back = position < t.position.Load()
	t.forget(position)
	t.moved(position)
	return back
}

// moved publishes the position before the generation: a reader that sees the new
// generation reads the origin at the new position.
func (t *Tracker) moved(position int64) {
	t.position.Store(position)
	t.generation.Add(1)
}

// forget replaces the positions of all keys by one.
func (t *Tracker) forget(position int64) {
	t.keys, t.all = map[string]int64{}, position
}

// Outdated reports whether counters of one of the keys, separated by spaces, have
// changed after position.
func (t *Tracker) Outdated(position int64, keys string) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if position < t.all {
		return true
	}
	for key := range strings.SplitSeq(keys, " ") {
		if position < t.keys[key] {
			return true
		}
	}
	return false
}

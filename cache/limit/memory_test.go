package limit

import (
	"strconv"
	"testing"
	"time"

	"pgregory.net/rapid"

	"marquee/cache/rate"
)

var hourly = rate.Limit{Units: 3600, Burst: 10, Period: time.Hour} // a unit a second

// A flood of keys neither grows the memory nor evicts the key that has spent most.
func TestMemoryBounded(t *testing.T) {
	t.Parallel()
	m := newMemory(10 * shards)
	spend := func(units int) {
		for range units {
			m.take("greedy", hourly, 1, 0)
		}
	}
	flood := func(from, to int) {
		for i := from; i < to; i++ {
			m.take(strconv.Itoa(i), hourly, 1, 0)
		}
	}
	spend(1)
	flood(0, shards)        // too few to fill a shard by chance
	spend(hourly.Burst - 1) // now it is whole later than the keys of the flood
	flood(shards, 100*shards)
	if n := m.size(); n != 10*shards {
		t.Errorf("got %d keys, want %d", n, 10*shards)
	}
	if m.take("greedy", hourly, 1, 0).Allowed {
		t.Error("the flood has evicted the key that was at the limit")
	}
}

// Keys that are whole again are evicted when new keys come, not earlier.
func TestMemoryShrinks(t *testing.T) {
	t.Parallel()
	m := newMemory(1000 * shards)
	const flood = 200 * shards // large enough for even shards
	spend := func(name string, now time.Duration) {
		for i := range flood {
			m.take(name+strconv.Itoa(i), hourly, 1, now)
		}
	}
	spend("early", 0)
	spend("in time", time.Second-1)
	if n := m.size(); n != 2*flood {
		t.Errorf("a nanosecond before the first keys are whole: got %d keys, want %d", n, 2*flood)
	}
	spend("late", 2*time.Second)
	spend("last", 2*time.Second)
	if n := m.size(); n != 2*flood {
		t.Errorf("after the first keys are whole: got %d keys, want %d", n, 2*flood)
	}
}

// The queue has each key once, and the key that is whole soonest first.
func TestShardQueue(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s := &shard{most: 8, keys: map[string]*key{}}
		for range rapid.IntRange(1, 60).Draw(t, "times") {
			name := strconv.Itoa(rapid.IntRange(0, 15).Draw(t, "name"))
			s.set(name, time.Duration(rapid.IntRange(1, 100).Draw(t, "whole")), 0)
			if len(s.queue) != len(s.keys) || len(s.queue) > s.most {
				t.Fatalf("got %d keys in the queue and %d in the map, want equal numbers up to %d", len(s.queue), len(s.keys), s.most)
			}
			for i, k := range s.queue {
				if k.index != i || s.keys[k.name] != k || k.whole < s.queue[0].whole {
					t.Fatalf("key %d of %d is %+v, the first one %+v", i, len(s.queue), *k, *s.queue[0])
				}
			}
			if s.keys[name] == nil {
				t.Fatalf("key %s is missing right after it was set", name)
			}
		}
	})
}

func (m *memory) size() int {
	n := 0
	for i := range m.shards {
		n += len(m.shards[i].keys)
	}
	return n
}

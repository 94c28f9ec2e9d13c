package cache

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestGateStats(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, time.Second)
		want := func(want GateStats) {
			t.Helper()
			if want.Places = 1; g.stats() != want {
				t.Errorf("%+v, want %+v", g.stats(), want)
			}
		}
		want(GateStats{})
		if err := g.enter(t.Context()); err != nil {
			t.Fatal(err)
		}
		want(GateStats{InUse: 1})
		refused := make(chan error)
		go func() { refused <- g.enter(t.Context()) }()
		synctest.Wait()
		want(GateStats{InUse: 1, Queued: 1, Waits: 1})
		if err := <-refused; !errors.Is(err, errOverloaded) {
			t.Error(err)
		}
		want(GateStats{InUse: 1, Waits: 1, Waited: 1, Refused: 1})
		g.leave()
		want(GateStats{Waits: 1, Waited: 1, Refused: 1})
	})
}

func TestMemoryStats(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	s := newHouse(t, newCatalogue(), func(c *Config) { c.MemoryBytes = limit })
	const films = 200 // of which about half fit
	for n := range films {
		key := fmt.Sprintf("film%d", n)
		s.put(key, strings.Repeat(key, 1000))
		s.get("/" + key)
	}
	s.memory.entries.CleanUp()
	s.memory.plans.CleanUp()
	got := s.Stats()
	if got.Entries+int(got.Evicted) != films || got.Evicted < films/4 || got.Spellings < films/2 || got.Bytes > got.Limit || got.Bytes < limit/2 || got.Limit < limit {
		t.Errorf("%+v", got)
	}
	if got.Reads.Places != DefaultOriginReads || got.Reads.InUse != 0 || got.Versions.Places != DefaultOriginReads {
		t.Errorf("%+v", got)
	}
}

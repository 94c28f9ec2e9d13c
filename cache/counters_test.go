package cache

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"marquee/cache/counters"
	"marquee/cache/envelope"
	"marquee/cache/memory"
	"marquee/cache/plan"
	"marquee/cache/response"
	"marquee/deploy/devstack"
)

// counting makes the origin answer with a counter, which changes without a version. Its
// surrogate keys are movies and movie-12.
func (s *process) counting() *atomic.Int64 {
	var count atomic.Int64
	s.origin.do(func(w http.ResponseWriter, r *http.Request, _ string) {
		s.origin.answer(w, r, strconv.FormatInt(count.Load(), 10))
	})
	return &count
}

func (s *process) expectReads(t *testing.T, want int) {
	t.Helper()
	synctest.Wait()
	if got := s.origin.count(); got != want {
		t.Errorf("got %d reads, want %d", got, want)
	}
}

// The next hit of each entry with an outdated counter refreshes it in the background,
// with one read.
func TestOutdatedCountersAreRefreshed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		count := s.counting()
		s.get("/film")
		s.get("/list")
		count.Store(1)
		s.CountersChanged(plan.Committed, []string{"movie-12", "movie-13"}, 1)
		s.expectReads(t, 2)
		for _, target := range []string{"/film", "/list"} {
			s.expect(t, target, "0", "hit; ttl=")
			synctest.Wait()
			s.expect(t, target, "1", "hit; ttl=")
			s.expect(t, target, "1", "hit; ttl=")
		}
		s.expectReads(t, 4)
		if got := s.events.count(Refreshed); got != 2 {
			t.Errorf("got %d refreshes, want 2", got)
		}
	})
}

// Entries without the key, or of another source, are not refreshed.
func TestOnlyTheKeyIsOutdated(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.counting()
		s.get("/film")
		s.CountersChanged(plan.Committed, []string{"movie-1", "movie-123", "movie", ""}, 1)
		s.CountersChanged(plan.Indexed, []string{"movie-12"}, 1)
		s.AllCountersChanged(plan.Indexed, 2)
		s.get("/film")
		s.expectReads(t, 1)
		s.AllCountersChanged(plan.Committed, 2)
		s.get("/film")
		s.expectReads(t, 2)
	})
}

// A read that was under way when the counter changed may show the old one.
func TestReadBeforeTheChangeIsOutdated(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.origin.do(func(w http.ResponseWriter, r *http.Request, _ string) {
			time.Sleep(3 * time.Second)
			s.origin.answer(w, r, "slow")
		})
		go s.get("/film")
		time.Sleep(2 * time.Second)
		s.CountersChanged(plan.Committed, []string{"movie-12"}, 1)
		time.Sleep(2 * time.Second)
		s.counting().Store(1)
		s.expect(t, "/film", "slow", "hit")
		synctest.Wait()
		s.expect(t, "/film", "1", "hit")
	})
}

// While the origin fails, a refresh is tried once a second; while it is crowded, none is.
// The entry is served as before.
func TestCountersWaitForTheOrigin(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newProcess(t, newCatalogue(), func(c *Config) { c.OriginReads = 2 })
		s.counting()
		s.get("/film")
		s.CountersChanged(plan.Committed, []string{"movie-12"}, 1)
		s.origin.fails(http.StatusServiceUnavailable)
		for range 10 {
			s.expect(t, "/film", "0", "hit; ttl=")
			synctest.Wait()
		}
		s.expectReads(t, 2)

		release := make(chan struct{})
		s.origin.do(func(http.ResponseWriter, *http.Request, string) { <-release })
		for i := range 2 {
			go s.get(fmt.Sprint("/other", i))
		}
		time.Sleep(2 * time.Second)
		s.expect(t, "/film", "0", "hit; ttl=")
		s.expectReads(t, 4)
		close(release)
		synctest.Wait()
		s.counting().Store(1)
		s.get("/film")
		synctest.Wait()
		s.expect(t, "/film", "1", "hit; ttl=")
	})
}

// Entries of other processes have positions too. One with outdated counters is served,
// and a refresh takes one that was read later instead of reading the origin.
func TestOutdatedCountersInTheSharedLevel(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	one, two := newSharingProcess(t, c, address, prefix), newSharingProcess(t, c, address, prefix)
	count := one.counting()
	look := func(background bool) *memory.Entry {
		for t.Context().Err() == nil {
			failed := two.events.count(SharedFailed)
			e := two.findShared(t.Context(), &load{background: background, plan: &plan.Plan{Target: "/film", Subject: "film"}})
			if two.events.count(SharedFailed) == failed { // else the machine was too busy
				return e
			}
		}
		return nil
	}
	one.get("/film")
	one.events.await(t, SharedWritten, 1)
	if e := look(true); e == nil || string(e.Parts().Body) != "0" {
		t.Fatalf("before the change: got %+v, want 0", e)
	}
	count.Store(1)
	for _, s := range []*process{one, two} {
		s.CountersChanged(plan.Committed, []string{"movie-12"}, 1)
	}
	if e := look(false); e == nil || string(e.Parts().Body) != "0" {
		t.Errorf("for a client: got %+v, want the outdated 0", e)
	}
	if e := look(true); e != nil {
		t.Error("a refresh takes an outdated entry")
	}
	one.expect(t, "/film", "0", "hit; ttl=")
	one.events.await(t, SharedWritten, 2)
	if e := look(true); e == nil || string(e.Parts().Body) != "1" {
		t.Errorf("after the refresh of the other process: got %+v, want 1", e)
	}
	if got := one.origin.count(); got != 2 {
		t.Errorf("got %d reads, want 2", got)
	}
}

// Positions decide which counters are outdated, whatever the clocks of machines say.
func TestOutdatedCountersNeedNoClock(t *testing.T) {
	t.Parallel()
	for _, skew := range []time.Duration{-time.Hour / 2, 0, time.Hour} {
		for _, test := range []struct {
			counted int64
			reads   int
		}{{counted: 3, reads: 1}, {counted: 4}, {counted: 5}} {
			inBubble(t, func(t *testing.T, s *process) {
				s.origin.lifetimes.Fresh = 2 * time.Hour
				s.counting()
				header := http.Header{"Surrogate-Key": {"movie-12"}}
				other := memory.NewEntry(&envelope.Envelope{
					Target: "/film", Response: response.New(http.StatusOK, header, []byte("0")), Description: plan.Description{Lifetimes: s.origin.lifetimes},
					Made: time.Now().Add(skew).UnixNano(), Positions: [plan.Sources]int64{test.counted},
				}, nil)
				s.memory.Set(other, time.Now().UnixNano())
				s.CountersChanged(plan.Committed, []string{"movie-12"}, 4)
				s.expect(t, "/film", "0", "hit; ttl=")
				s.expectReads(t, test.reads)
				s.expect(t, "/film", "0", "hit; ttl=")
				s.expectReads(t, test.reads) // its own read is from position 4
			})
		}
	}
}

// An index that replaces another one may have fewer flushes. Entries that were read at
// the later position, from either, are read again.
func TestPositionThatGoesBackOutdatesEverything(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.counting()
		s.CountersChanged(plan.Committed, []string{"movie-1"}, 10)
		s.get("/film")
		s.AllCountersChanged(plan.Indexed, 8) // another source
		s.AllCountersChanged(plan.Committed, 10)
		s.get("/film")
		s.expectReads(t, 1)
		s.AllCountersChanged(plan.Committed, 8)
		s.CountersChanged(plan.Committed, []string{"movie-12"}, 10)
		s.get("/film")
		s.expectReads(t, 2)
		s.get("/film")
		s.expectReads(t, 2)
	})
}

// An entry's counters are outdated exactly if one of its keys, or everything, changed
// after its position in a source that it shows. The order of reads and changes does not
// matter, nor does it that other processes read at other positions.
func TestOutdatedCountersProperty(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var trackers [plan.Sources]counters.Tracker
		type known struct {
			*memory.Entry
			keys    [2]string
			sources []plan.Source // of the entry and its part
			read    [plan.Sources]int64
		}
		var entries []*known
		// The positions of the last changes, by source.
		last, all := [plan.Sources]map[string]int64{{}, {}}, [plan.Sources]int64{}
		key := rapid.SampledFrom([]string{"movie-1", "movie-2", "movie-3", "serie-1"})
		source := rapid.SampledFrom([]plan.Source{plan.Committed, plan.Indexed})
		for place := int64(1); place < 40; place++ {
			of := source.Draw(t, "source")
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				k := &known{keys: [2]string{key.Draw(t, "key"), key.Draw(t, "key")}, sources: []plan.Source{of, source.Draw(t, "part")}}
				header := http.Header{"Surrogate-Key": {k.keys[0] + " " + k.keys[1]}}
				for source := range k.read {
					k.read[source] = trackers[source].Position()
					if rapid.Bool().Draw(t, "elsewhere") {
						k.read[source] = rapid.Int64Range(0, place+2).Draw(t, "counted")
					}
				}
				k.Entry = memory.NewEntry(&envelope.Envelope{
					Target: "/", Response: response.New(http.StatusOK, header, nil), Made: rapid.Int64Range(0, 100).Draw(t, "made"), Positions: k.read,
					Description: plan.Description{Source: of, Parts: []plan.Part{{Target: "/part", Source: k.sources[1]}}},
				}, func(string) *plan.Plan { return nil })
				entries = append(entries, k)
			case 1:
				changed := key.Draw(t, "changed")
				trackers[of].Changed([]string{changed}, place)
				last[of][changed] = place
			case 2:
				if rapid.IntRange(0, 4).Draw(t, "all") == 0 {
					trackers[of].AllChanged(place)
					all[of] = place
				}
			default:
				for _, k := range entries {
					want := slices.ContainsFunc(k.sources, func(s plan.Source) bool {
						return k.read[s] < max(all[s], last[s][k.keys[0]], last[s][k.keys[1]])
					})
					if got := k.OutdatedCounters(&trackers); got != want {
						t.Fatalf("%v of %v read at positions %d: got outdated %v, want %v", k.keys, k.sources, k.read, got, want)
					}
				}
			}
		}
	})
}

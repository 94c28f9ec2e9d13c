package counter_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/counter"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// store counts views, unless failing is set.
type store struct {
	mu      sync.Mutex
	failing bool
	views   map[string]int64
	flushes int
	stuck   bool // FlushCounters waits until its deadline
}

var errDown = errors.New("the store is down")

func (s *store) AddViews(_ context.Context, n *storage.Noun, views map[string]int64) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.failing {
		return errDown
	}
	for id, count := range views {
		s.views[n.Name+id] += count
	}
	return nil
}

func (s *store) FlushCounters(ctx context.Context) (int, error) {
	s.mu.Lock()
	if s.flushes++; s.stuck {
		s.mu.Unlock()
		<-ctx.Done()
		return 0, ctx.Err()
	}
	defer s.mu.Unlock()
	if s.failing {
		return 0, errDown
	}
	return 0, ctx.Err()
}

func (s *store) fail(failing bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failing = failing
}

func (s *store) of(key string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.views[key]
}

// run runs views over a store until the test's function returns.
func run(t *testing.T, c counter.Config, f func(s *store, v *counter.Views)) *store {
	t.Helper()
	s := &store{views: map[string]int64{}}
	c.Store, c.Logger = s, slog.New(slog.DiscardHandler)
	v := counter.New(c)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); v.Run(ctx) }()
	f(s, v)
	cancel()
	<-ended
	return s
}

// pass lets the time of one flush pass.
func pass() {
	<-time.After(counter.DefaultEvery)
	synctest.Wait()
}

// Views are written and flushed in batches.
func TestViewsAreWrittenInBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run(t, counter.Config{}, func(s *store, v *counter.Views) {
			v.Add(storage.Movie, "1")
			v.Add(storage.Movie, "1")
			v.Add(storage.Episode, "1")
			if s.of("movie1") != 0 {
				t.Error("a view was written at once")
			}
			pass()
			if s.of("movie1") != 2 || s.of("episode1") != 1 {
				t.Errorf("views %v", s.views)
			}
			pass()
			if s.of("movie1") != 2 || s.flushes != 2 {
				t.Errorf("after a second flush: %v, %d flushes", s.views, s.flushes)
			}
		})
	})
}

// The last flush writes the waiting views.
func TestLastFlushWritesAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := run(t, counter.Config{}, func(_ *store, v *counter.Views) { v.Add(storage.Movie, "1") })
		if s.of("movie1") != 1 {
			t.Error("views were lost when the process ended")
		}
	})
}

// While a flush waits, for a long import or a lock, views are still written in time.
func TestViewsDoNotWaitForFlushes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		run(t, counter.Config{}, func(s *store, v *counter.Views) {
			s.mu.Lock()
			s.stuck = true
			s.mu.Unlock()
			for want := range int64(4) {
				v.Add(storage.Movie, "1")
				pass()
				if got := s.of("movie1"); got != want+1 {
					t.Errorf("%d views are written, want %d", got, want+1)
				}
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.flushes != 1 {
				t.Errorf("%d concurrent flushes, want 1", s.flushes)
			}
		})
	})
}

// Views of failed writes are retried, up to the bound.
func TestFailedWritesAreRetriedUpToTheBound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := run(t, counter.Config{Max: 3}, func(s *store, v *counter.Views) {
			s.fail(true)
			for i := range 5 {
				v.Add(storage.Movie, fmt.Sprint(i))
				pass()
			}
			v.Add(storage.Movie, "0")
			s.fail(false)
			pass()
		})
		if s.of("movie0") != 2 || s.of("movie1") != 1 || s.of("movie2") != 1 || len(s.views) != 3 {
			t.Errorf("views %v, want those of the first three films", s.views)
		}
	})
}

// Views from many goroutines, with failed writes, are neither lost nor counted twice.
func TestEveryViewCountsOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		failing := rapid.SliceOfN(rapid.Bool(), 1, 6).Draw(rt, "failing")
		viewers := rapid.IntRange(1, 5).Draw(rt, "viewers")
		synctest.Test(t, func(t *testing.T) {
			s := run(t, counter.Config{}, func(s *store, v *counter.Views) {
				for _, f := range failing {
					s.fail(f)
					for range viewers {
						go v.Add(storage.Movie, "7")
					}
					pass()
				}
				s.fail(false)
			})
			if want := int64(viewers * len(failing)); s.of("movie7") != want {
				rt.Fatalf("%d views, want %d", s.of("movie7"), want)
			}
		})
	})
}

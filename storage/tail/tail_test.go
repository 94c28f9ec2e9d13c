package tail_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"marquee/storage"
	"marquee/storage/tail"
)

// follow runs a log in a synctest bubble until the test ends.
func follow(t *testing.T, c tail.Config) *tail.Log {
	t.Helper()
	l := tail.New(c)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); l.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return l
}

// The floor is raised by imports, pruning, bounds, and too many unread versions.
func TestFloor(t *testing.T) {
	t.Parallel()
	write := func(f *fakeSource, n int) {
		for range n {
			f.commit("film")
		}
	}
	for name, test := range map[string]struct {
		before, during func(f *fakeSource)
		config         tail.Config
		floor          int64
		version        int64
	}{
		"nothing was written": {},
		"a restarted process knows the last thousand": {
			before: func(f *fakeSource) { write(f, 1500) }, floor: 500, version: 1500},
		"a restarted process knows what is not pruned": {
			before: func(f *fakeSource) { write(f, 1500); f.pruned = 700 }, floor: 700, version: 1500},
		"writes are read": {
			before: func(f *fakeSource) { write(f, 5) }, during: func(f *fakeSource) { write(f, 600) }, version: 605},
		"an import is not judged": {
			during: func(f *fakeSource) { write(f, 2); f.commit("film", "", "film"); write(f, 3) }, floor: 3, version: 6},
		"a thousand unread are read": {
			during: func(f *fakeSource) { f.deaf = true; write(f, 1000) }, version: 1000},
		"more than a thousand are not": {
			during: func(f *fakeSource) { f.deaf = true; write(f, 1001) }, floor: 1001, version: 1001},
		"pruned before it was read": {
			during: func(f *fakeSource) { f.deaf = true; write(f, 9); f.set(func() { f.pruned = 4 }) }, floor: 9, version: 9},
		"too many": {
			config: tail.Config{MaxChanges: 3}, during: func(f *fakeSource) { f.commit("a", "b"); f.commit("c", "d"); f.commit("e") }, floor: 1, version: 3},
		"too many at once": {
			config: tail.Config{MaxChanges: 3}, during: func(f *fakeSource) { f.commit("a", "b", "c", "d") }, floor: 1, version: 1},
		"too large": {
			config: tail.Config{MaxBytes: 5000}, during: func(f *fakeSource) { f.commit(strings.Repeat("long ", 900)); write(f, 2) }, floor: 1, version: 3},
		"of a noun that is not known": {
			during: func(f *fakeSource) {
				f.set(func() { f.unreadable = errors.New("the noun channel is not known") })
				write(f, 3)
			}, floor: 3, version: 3},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := &fakeSource{}
				if test.before != nil {
					test.before(f)
				}
				test.config.Source = f
				l := follow(t, test.config)
				synctest.Wait()
				if test.during != nil {
					test.during(f)
				}
				time.Sleep(time.Second)
				if l.Floor() != test.floor || l.Version() != test.version {
					t.Errorf("floor %d, version %d; want %d, %d", l.Floor(), l.Version(), test.floor, test.version)
				}
				every := func(*storage.Change) bool { return true }
				if !l.Between(test.floor, test.version, every) || l.Between(test.floor-1, test.version, every) {
					t.Error("the changes before the floor are known, or those after it are not")
				}
			})
		})
	}
}

// A burst of too many versions is not read; it costs one small query.
func TestBurstIsNotRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSource{deaf: true}
		l := follow(t, tail.Config{Source: f})
		synctest.Wait()
		for range 5000 {
			f.commit("film")
		}
		time.Sleep(time.Second)
		if f.reads != 0 || l.Version() != 5000 {
			t.Errorf("%d reads, version %d", f.reads, l.Version())
		}
	})
}

// Between stops when visit returns false.
func TestBetweenStops(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSource{}
		l := follow(t, tail.Config{Source: f})
		f.commit("a", "b")
		f.commit("c")
		synctest.Wait()
		visited := 0
		if !l.Between(0, 2, func(*storage.Change) bool { visited++; return visited < 2 }) || visited != 2 {
			t.Errorf("%d changes visited, want 2", visited)
		}
	})
}

// Wait does not wait for the next poll, with and without a notification.
func TestWaitReadsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSource{deaf: true}
		l := follow(t, tail.Config{Source: f})
		synctest.Wait()
		began := time.Now()
		version := f.commit("film")
		l.Require(version)
		l.Require(version - 1)
		if err := l.Wait(t.Context(), version); err != nil || time.Since(began) != 0 || l.Version() != version || l.Required() != version {
			t.Errorf("%v after %v; version %d, required %d", err, time.Since(began), l.Version(), l.Required())
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := l.Wait(ctx, version+1); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting for a version that is never written: %v", err)
		}
	})
}

// The log is not current after a second without a read, and is again after the next.
func TestCurrent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSource{}
		l := tail.New(tail.Config{Source: f})
		if l.Current() {
			t.Error("current before the first read")
		}
		l = follow(t, tail.Config{Source: f})
		synctest.Wait()
		if !l.Current() {
			t.Error("not current after the first read")
		}
		f.set(func() { f.err = storage.Errorf(storage.Unavailable, "down") })
		time.Sleep(700 * time.Millisecond)
		if !l.Current() {
			t.Error("not current after less than a second")
		}
		time.Sleep(400 * time.Millisecond)
		if l.Current() {
			t.Error("current after a second without a read")
		}
		f.set(func() { f.err = nil })
		time.Sleep(300 * time.Millisecond)
		if !l.Current() {
			t.Error("not current although the source works again")
		}
	})
}

// A database that was restored to an older state stops the log, and Wait returns the
// reason.
func TestOtherHistory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := &fakeSource{}
		f.commit("film")
		f.commit("film")
		l := follow(t, tail.Config{Source: f})
		synctest.Wait()
		if l.Err() != nil {
			t.Error(l.Err())
		}
		f.set(func() { f.version, f.changes = 1, f.changes[:1] })
		if err := l.Wait(t.Context(), 3); !errors.Is(err, tail.ErrOtherHistory) {
			t.Errorf("Wait returned %v", err)
		}
		<-l.Failed()
		if !errors.Is(l.Err(), tail.ErrOtherHistory) || l.Version() != 2 {
			t.Errorf("%v, version %d", l.Err(), l.Version())
		}
	})
}

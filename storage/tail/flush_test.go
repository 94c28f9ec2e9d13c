package tail_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"marquee/deploy/await"

	"marquee/storage"
	"marquee/storage/tail"
)

// flushLog is a flush log in memory; flush n has written counters of object n.
type flushLog struct {
	mu           sync.Mutex
	last, pruned int64 // flushes after pruned, up to last, can be read
	err          error
	notify       func(channel, payload string)
}

// flush adds flushes without a notification.
func (l *flushLog) flush(n int64) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.last += n
}

func (l *flushLog) set(change func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change()
}

func (l *flushLog) announce() { l.notify(storage.FlushChannel, "1") }

func (l *flushLog) read(_ context.Context, since int64, limit int) (*storage.Flushes, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	log := &storage.Flushes{Complete: true}
	switch {
	case l.err != nil:
		return nil, l.err
	case since < 0:
		since = l.last
	case since < l.pruned || since > l.last:
		log.Complete, since = false, l.last
	}
	log.Next = min(l.last, since+int64(limit))
	for n := since + 1; n <= log.Next; n++ {
		log.Flushes = append(log.Flushes, storage.Flush{Noun: storage.Movie, IDs: []string{strconv.FormatInt(n, 10)}})
	}
	return log, nil
}

func (l *flushLog) Listen(ctx context.Context, _ []string, notify func(channel, payload string)) error {
	l.set(func() { l.notify = notify })
	notify("", "")
	<-ctx.Done()
	return ctx.Err()
}

// heard follows a log in a bubble until the test ends. The returned function
// returns the flushes reported since its last call.
func heard(t *testing.T, config tail.FlushConfig) func() []string {
	var got []string
	config.Changed = func(c storage.Flush, position int64) {
		if n, err := strconv.ParseInt(c.IDs[0], 10, 64); err != nil || position < n {
			t.Errorf("flush %s is reported at position %d", c.IDs[0], position)
		}
		got = append(got, c.IDs...)
	}
	config.Lost = func(position int64) { got = append(got, fmt.Sprint("lost up to ", position)) }
	follower := tail.NewFlushFollower(config)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { defer close(ended); follower.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	return func() []string {
		synctest.Wait()
		defer func() { got = nil }()
		return got
	}
}

func expect(t *testing.T, what string, got func() []string, want ...string) {
	t.Helper()
	if g := got(); !slices.Equal(g, want) {
		t.Errorf("%s: %v, want %v", what, g, want)
	}
}

func TestFlushFollower(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &flushLog{last: 7}
		got := heard(t, tail.FlushConfig{Read: c.read, Listener: c})
		expect(t, "at the start", got, "lost up to 7")
		c.flush(2)
		expect(t, "before the notification", got)
		c.announce()
		expect(t, "after the notification", got, "8", "9")
		c.flush(1)
		time.Sleep(3 * time.Second)
		expect(t, "after a poll", got, "10")

		c.set(func() { c.err = errors.New("down") })
		c.flush(1)
		time.Sleep(time.Minute)
		expect(t, "while the log cannot be read", got)
		c.set(func() { c.err = nil })
		time.Sleep(3 * time.Second)
		expect(t, "afterwards", got, "11")

		c.set(func() { c.last, c.pruned = 20, 15 })
		time.Sleep(3 * time.Second)
		expect(t, "after flushes were pruned", got, "lost up to 20")
		c.set(func() { c.last, c.pruned = 3, 0 }) // an older state was restored
		time.Sleep(3 * time.Second)
		expect(t, "in another history", got, "lost up to 3")
		c.flush(1)
		time.Sleep(3 * time.Second)
		expect(t, "after that", got, "4")
	})
}

// Many flushes are read in several parts, each flush once and in order.
func TestFlushFollowerReadsAll(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &flushLog{}
		got := heard(t, tail.FlushConfig{Read: c.read})
		expect(t, "at the start", got, "lost up to 0")
		c.flush(65)
		time.Sleep(2 * time.Second)
		var want []string
		for n := range 65 {
			want = append(want, fmt.Sprint(n+1))
		}
		expect(t, "all at once", got, want...)
	})
}

// Flushes of a real store are reported.
func TestFlushFollowerOnPostgres(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	film(t, s, "Watched")
	started, changed := make(chan struct{}), make(chan storage.Flush, 1)
	follower := tail.NewFlushFollower(tail.FlushConfig{Read: s.Flushes, Listener: s,
		Changed: func(c storage.Flush, _ int64) { changed <- c }, Lost: func(int64) { close(started) }})
	ctx, cancel := context.WithCancel(await.Context(t))
	ended := make(chan struct{})
	go func() { defer close(ended); follower.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	<-started
	if err := s.AddViews(ctx, storage.Movie, map[string]int64{"1": 1}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.FlushCounters(ctx); err != nil {
		t.Fatal(err)
	}
	select {
	case c := <-changed:
		if c.Noun != storage.Movie || !slices.Equal(c.IDs, []string{"1"}) {
			t.Errorf("%+v", c)
		}
	case <-ctx.Done():
		t.Fatal("no flush was reported")
	}
}

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

	"marquee/storage"
	"marquee/storage/tail"
)

// counts is a log of votes and views in memory; flush n counts object n.
type counts struct {
	mu         sync.Mutex
	last, kept int64 // flushes after kept, up to last, can be read
	err        error
	notify     func(channel, payload string)
}

// flush adds flushes without telling anybody.
func (c *counts) flush(n int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last += n
}

func (c *counts) set(change func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	change()
}

func (c *counts) tell() { c.notify(storage.CountedChannel, "1") }

func (c *counts) read(_ context.Context, since int64, limit int) (*storage.CountedLog, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	log := &storage.CountedLog{Complete: true}
	switch {
	case c.err != nil:
		return nil, c.err
	case since < 0:
		since = c.last
	case since < c.kept || since > c.last:
		log.Complete, since = false, c.last
	}
	log.Next = min(c.last, since+int64(limit))
	for n := since + 1; n <= log.Next; n++ {
		log.Counted = append(log.Counted, storage.Counted{Noun: storage.Movie, IDs: []string{strconv.FormatInt(n, 10)}})
	}
	return log, nil
}

func (c *counts) Listen(ctx context.Context, _ []string, notify func(channel, payload string)) error {
	c.set(func() { c.notify = notify })
	notify("", "")
	<-ctx.Done()
	return ctx.Err()
}

// heard follows a log in a bubble until the test ends, and returns what has been
// handed on since it was asked last.
func heard(t *testing.T, config tail.CountedConfig) func() []string {
	var got []string
	config.Changed = func(c storage.Counted, place int64) {
		if n, err := strconv.ParseInt(c.IDs[0], 10, 64); err != nil || place < n {
			t.Errorf("flush %s is told of at the place %d", c.IDs[0], place)
		}
		got = append(got, c.IDs...)
	}
	config.Lost = func(place int64) { got = append(got, fmt.Sprint("lost up to ", place)) }
	follower := tail.NewCounted(config)
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

func TestCounted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &counts{last: 7}
		got := heard(t, tail.CountedConfig{Read: c.read, Listener: c})
		expect(t, "at the start", got, "lost up to 7")
		c.flush(2)
		expect(t, "before it is told", got)
		c.tell()
		expect(t, "when it is told", got, "8", "9")
		c.flush(1)
		time.Sleep(3 * time.Second)
		expect(t, "when it asks", got, "10")

		c.set(func() { c.err = errors.New("down") })
		c.flush(1)
		time.Sleep(time.Minute)
		expect(t, "while the log cannot be read", got)
		c.set(func() { c.err = nil })
		time.Sleep(3 * time.Second)
		expect(t, "afterwards", got, "11")

		c.set(func() { c.last, c.kept = 20, 15 })
		time.Sleep(3 * time.Second)
		expect(t, "when it comes too late", got, "lost up to 20")
		c.set(func() { c.last, c.kept = 3, 0 }) // an older state was restored
		time.Sleep(3 * time.Second)
		expect(t, "in another history", got, "lost up to 3")
		c.flush(1)
		time.Sleep(3 * time.Second)
		expect(t, "from there on", got, "4")
	})
}

// Many flushes are read one stretch after the other, each once and in order.
func TestCountedReadsOn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := &counts{}
		got := heard(t, tail.CountedConfig{Read: c.read})
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

// Views that PostgreSQL has added up are heard of.
func TestCountedOfPostgres(t *testing.T) {
	t.Parallel()
	s, _ := open(t)
	film(t, s, "Watched")
	started, changed := make(chan struct{}), make(chan storage.Counted, 1)
	follower := tail.NewCounted(tail.CountedConfig{Read: s.Counted, Listener: s,
		Changed: func(c storage.Counted, _ int64) { changed <- c }, Lost: func(int64) { close(started) }})
	ctx, cancel := context.WithCancel(deadline(t))
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
		t.Fatal("nothing was heard")
	}
}

package stream_test

import (
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"marquee/api/stream"
	"marquee/storage"
)

// bubble runs a test of a feed with a fake clock.
func bubble(t *testing.T, readers int, test func(t *testing.T, l *fakeLog, f *stream.Feed)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := newFakeLog()
		test(t, l, stream.New(stream.Config{Tail: l, Log: l, Encode: encode(0), Readers: readers}))
	})
}

// Each version is sent as soon as the tail has it. Its id stands at the last wanted event.
func TestEvents(t *testing.T) {
	bubble(t, 0, func(t *testing.T, l *fakeLog, f *stream.Feed) {
		l.commit(storage.Movie)
		all, endAll := serve(f, stream.Request{From: 1, Announce: true, Public: true}, -1)
		defer endAll()
		movies, endMovies := serve(f, stream.Request{Nouns: []*storage.Noun{storage.Movie}}, -1)
		defer endMovies()
		l.commit(storage.Movie, storage.Movie, storage.Person)
		synctest.Wait()
		const more = `,"more":""}`
		if got, want := all.text(), ":\nid: 1\n\n"+
			"event: change\ndata: {\"public\":true,\"version\":2,\"index\":0,\"noun\":\"movie\""+more+"\n\n"+
			"event: change\ndata: {\"public\":true,\"version\":2,\"index\":1,\"noun\":\"movie\""+more+"\n\n"+
			"event: change\ndata: {\"public\":true,\"version\":2,\"index\":2,\"noun\":\"person\""+more+"\nid: 2\n\n"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if got, want := movies.text(), ":\n\n"+
			"event: change\ndata: {\"version\":1,\"index\":0,\"noun\":\"movie\""+more+"\nid: 1\n\n"+
			"event: change\ndata: {\"version\":2,\"index\":0,\"noun\":\"movie\""+more+"\n\n"+
			"event: change\ndata: {\"version\":2,\"index\":1,\"noun\":\"movie\""+more+"\nid: 2\n\n"; got != want {
			t.Errorf("got\n%s\nwant\n%s", got, want)
		}
		if s := f.Stats(); s.Events != 6 || s.Reads != 0 {
			t.Errorf("%+v", s)
		}
	})
}

// A comment comes every 15 s at the latest. It has the version when the reader could not know
// it, and only once.
func TestHeartbeat(t *testing.T) {
	bubble(t, 0, func(t *testing.T, l *fakeLog, f *stream.Feed) {
		c, end := serve(f, stream.Request{Nouns: []*storage.Noun{storage.Genre}}, -1)
		defer end()
		l.commit(storage.Movie)
		for range 4 {
			before := strings.Count(c.text(), ":\n")
			time.Sleep(15 * time.Second)
			synctest.Wait()
			if strings.Count(c.text(), ":\n") == before {
				t.Fatalf("no comment in 15 s after %q", c.text())
			}
		}
		if got := strings.Count(c.text(), "id: 1\n"); got != 1 || strings.Contains(c.text(), "data") {
			t.Errorf("got %q", c.text())
		}
	})
}

// A reader that takes nothing is let go after 30 s, one that takes something is not.
func TestSlowReader(t *testing.T) {
	bubble(t, 0, func(t *testing.T, l *fakeLog, f *stream.Feed) {
		c, end := serve(f, stream.Request{}, 40)
		c.mu.Lock()
		c.blocks = true
		c.mu.Unlock()
		defer end()
		healthy, leave := serve(f, stream.Request{}, -1)
		defer leave()
		synctest.Wait()
		began := time.Now()
		l.commit(storage.Movie)
		for f.Stats().Slow == 0 && time.Since(began) < time.Minute {
			time.Sleep(time.Second)
		}
		if took := time.Since(began); took < 30*time.Second || took > 31*time.Second {
			t.Errorf("let go after %s", took)
		}
		if !strings.HasSuffix(healthy.text(), ":\n\n") || !strings.Contains(healthy.text(), "id: 1\n") {
			t.Errorf("the other reader got %q", healthy.text())
		}
	})
}

// Many readers at the end of the log cost no read of it. Readers that lag together share the
// reads.
func TestOneRead(t *testing.T) {
	bubble(t, 0, func(t *testing.T, l *fakeLog, f *stream.Feed) {
		const readers = 200
		for range 40 {
			l.commit(storage.Movie)
		}
		l.set(func() { l.start = l.version })
		var lagging []*connection
		for range readers {
			c, end := serve(f, stream.Request{}, -1)
			defer end()
			lagging = append(lagging, c)
		}
		for range 40 {
			l.commit(storage.Genre)
		}
		synctest.Wait()
		for _, c := range lagging {
			if n := strings.Count(c.text(), "\nid: "); n != 80 {
				t.Fatalf("a reader got %d versions of 80", n)
			}
		}
		if l.reads > 6 {
			t.Errorf("%d readers made %d reads of the log", readers, l.reads)
		}
	})
}

// A reader that lags more than the log reaches back reads the catalogue again.
func TestResync(t *testing.T) {
	bubble(t, 0, func(t *testing.T, l *fakeLog, f *stream.Feed) {
		for range 9 {
			l.commit(storage.Movie)
		}
		l.set(func() { l.pruned, l.start = 4, 6 })
		c, end := serve(f, stream.Request{From: 3}, -1)
		kept, leave := serve(f, stream.Request{From: 4}, -1)
		synctest.Wait()
		if want := ":\n\nevent: resync\ndata: {\"since\":4,\"version\":9}\n\n"; c.text() != want {
			t.Errorf("got %q", c.text())
		}
		if !strings.Contains(kept.text(), "id: 5\n") || !strings.Contains(kept.text(), "id: 9\n") {
			t.Errorf("got %q", kept.text())
		}
		end()
		leave()
		if s := f.Stats(); s.Resyncs != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// A failure to read the log delays a reader that lags. A change that cannot be read ends its
// stream.
func TestUnreadable(t *testing.T) {
	bubble(t, 0, func(t *testing.T, l *fakeLog, f *stream.Feed) {
		l.commit(storage.Movie)
		l.set(func() { l.start, l.err = 1, storage.Errorf(storage.Unavailable, "down") })
		c, end := serve(f, stream.Request{}, -1)
		time.Sleep(time.Minute)
		if strings.Contains(c.text(), "data") || strings.Count(c.text(), ":\n") < 4 {
			t.Errorf("got %q", c.text())
		}
		l.set(func() { l.err = nil })
		time.Sleep(2 * time.Second)
		if !strings.Contains(c.text(), "id: 1\n") {
			t.Errorf("got %q", c.text())
		}
		end()
		l.commit(storage.Movie)
		l.set(func() { l.start, l.err = 2, errors.New("the noun channel is not known") })
		failed, wait := serve(f, stream.Request{From: 1}, -1)
		synctest.Wait()
		wait()
		if strings.Contains(failed.text(), "data") {
			t.Errorf("got %q", failed.text())
		}
	})
}

// Places are bounded and come free. End ends the streams, and lets none begin.
func TestPlaces(t *testing.T) {
	bubble(t, 2, func(t *testing.T, _ *fakeLog, f *stream.Feed) {
		first, ok := f.Enter()
		_, also := f.Enter()
		_, third := f.Enter()
		first()
		_, again := f.Enter()
		if s := f.Stats(); !ok || !also || third || !again || s.Open != 2 || s.Refused != 1 {
			t.Errorf("%v %v %v %v, %+v", ok, also, third, again, s)
		}
		began := time.Now()
		_, end := serve(f, stream.Request{}, -1)
		f.End()
		f.End()
		synctest.Wait()
		end()
		if _, ok := f.Enter(); ok || time.Since(began) > 0 {
			t.Error("a stream begins after the end, or did not end at once")
		}
	})
}

// A stream ends some time after an hour, and not all at the same instant.
func TestLifetime(t *testing.T) {
	bubble(t, 0, func(t *testing.T, _ *fakeLog, f *stream.Feed) {
		began := time.Now()
		ends := make(chan time.Duration, 20)
		for range cap(ends) {
			go func() {
				f.Serve(t.Context(), &connection{limit: -1}, stream.Request{})
				ends <- time.Since(began)
			}()
		}
		times := map[time.Duration]bool{}
		for range cap(ends) {
			d := <-ends
			if times[d] = true; d < time.Hour || d > 66*time.Minute {
				t.Errorf("a stream lasted %s", d)
			}
		}
		if len(times) < 2 {
			t.Error("all streams ended at one instant")
		}
	})
}

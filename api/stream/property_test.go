package stream_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"marquee/api/stream"
	"marquee/storage"
)

// Readers of some nouns are cut at random bytes and come back with the id of the last event,
// while versions of one or many changes are written, and memory holds more or less of the
// log. What they take is the log, in order, nothing is missing, and no version that they
// have whole comes again.
func TestEveryReaderGetsTheLog(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(timeless{t}, func(t *rapid.T) {
			m := newMachine(t)
			for i := range 4 {
				m.readers = append(m.readers, newFollower(t, m, fmt.Sprint("reader ", i)))
			}
			defer m.stop()
			t.Repeat(map[string]func(*rapid.T){
				"":       m.check,
				"write":  m.write,
				"forget": m.forget,
				"lag":    m.lag,
				"cut":    m.cut,
				"pass":   func(t *rapid.T) { time.Sleep(time.Duration(rapid.IntRange(1, 20).Draw(t, "seconds")) * time.Second) },
			})
			m.settle(t)
		})
	})
}

// timeless hides the test's deadline, which is not available in a bubble.
type timeless struct{ rapid.TB }

var someNouns = []*storage.Noun{storage.Movie, storage.Genre, storage.Person}

// machine is a feed with readers.
type machine struct {
	log     *fakeLog
	feed    *stream.Feed
	readers []*follower
}

func newMachine(t *rapid.T) *machine {
	m := &machine{log: newFakeLog()}
	m.feed = stream.New(stream.Config{Tail: m.log, Log: m.log, Encode: encode(rapid.SampledFrom([]int{0, 400, 3000}).Draw(t, "bytes"))})
	for range rapid.IntRange(0, 5).Draw(t, "written before") {
		m.write(t)
	}
	return m
}

func (m *machine) write(t *rapid.T) {
	m.log.commit(rapid.SliceOfN(rapid.SampledFrom(someNouns), 1, 30).Draw(t, "nouns")...)
}

// forget drops changes from memory, as imports and bounds do.
func (m *machine) forget(t *rapid.T) {
	m.log.set(func() { m.log.start = rapid.Int64Range(m.log.start, m.log.known).Draw(t, "start") })
}

// lag adds a version that the tail has not read yet.
func (m *machine) lag(t *rapid.T) {
	m.write(t)
	m.log.set(func() {
		m.log.known = max(m.log.known-1, m.log.start)
	})
}

func (m *machine) cut(t *rapid.T) {
	rapid.SampledFrom(m.readers).Draw(t, "reader").reconnect(t, m)
}

func (m *machine) check(t *rapid.T) {
	synctest.Wait()
	for _, r := range m.readers {
		r.check(t, m)
	}
}

// settle lets every reader reach the end of the log, and compares what it has.
func (m *machine) settle(t *rapid.T) {
	m.log.set(func() { m.log.known = m.log.version })
	for _, r := range m.readers {
		r.limit = -1
		r.reconnect(t, m)
	}
	time.Sleep(20 * time.Second)
	m.check(t)
	for _, r := range m.readers {
		r.leave()
		r.finished, r.id = r.take(t)
		r.at = &connection{}
		var want []string
		for _, c := range m.log.changes {
			if c.Version > r.from && wanted(r.nouns, c.Noun) {
				want = append(want, fmt.Sprint(c.Version, " ", c.Index))
			}
		}
		if !slices.Equal(r.finished, want) {
			t.Fatalf("%s from %d took\n%v\nwant\n%v", r.name, r.from, r.finished, want)
		}
		if r.id != strconv.FormatInt(m.log.version, 10) {
			t.Fatalf("%s knows version %s, the log ends at %d", r.name, r.id, m.log.version)
		}
	}
}

func (m *machine) stop() {
	for _, r := range m.readers {
		r.leave()
	}
}

// follower is a client that follows the log over connections that break.
type follower struct {
	name  string
	nouns []*storage.Noun
	from  int64
	// limit is how many bytes the next connection takes.
	limit int
	leave func()
	at    *connection
	// finished are the changes of versions that it has whole. id is the last event id.
	finished []string
	id       string
}

func newFollower(t *rapid.T, m *machine, name string) *follower {
	r := &follower{name: name, leave: func() {}}
	if rapid.Bool().Draw(t, name+" filters") {
		r.nouns = rapid.SliceOfNDistinct(rapid.SampledFrom(someNouns), 1, 2, rapid.ID).Draw(t, name+" nouns")
	}
	r.from = rapid.Int64Range(0, m.log.version).Draw(t, name+" from")
	r.id = strconv.FormatInt(r.from, 10)
	r.connect(t, m)
	return r
}

func (r *follower) connect(t *rapid.T, m *machine) {
	if r.limit != -1 {
		r.limit = rapid.IntRange(0, 20_000).Draw(t, r.name+" bytes")
	}
	from, err := strconv.ParseInt(r.id, 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	r.at, r.leave = serve(m.feed, stream.Request{From: from, Nouns: r.nouns, Announce: true}, r.limit)
}

// reconnect closes the connection, reads the events that have arrived, and opens a new one
// after the last of them.
func (r *follower) reconnect(t *rapid.T, m *machine) {
	r.leave()
	finished, id := r.take(t)
	r.finished, r.id = finished, id
	r.connect(t, m)
}

// take returns what the client has with the messages of this connection.
func (r *follower) take(t *rapid.T) (finished []string, id string) {
	messages, id := parse(r.at.all(), r.id)
	began, _ := strconv.ParseInt(r.id, 10, 64)
	var open []string
	for _, m := range messages {
		var version int64
		var index int
		if _, err := fmt.Sscanf(m.data, `{"version":%d,"index":%d`, &version, &index); err != nil || m.event != "change" {
			t.Fatalf("%s got %+v, %v", r.name, m, err)
		}
		if version <= began {
			t.Fatalf("%s had version %d whole, and got a change of %d", r.name, began, version)
		}
		if len(open) > 0 && !strings.HasPrefix(open[0], fmt.Sprint(version, " ")) {
			t.Fatalf("%s got version %d before the end of %s", r.name, version, open[0])
		}
		open = append(open, fmt.Sprint(version, " ", index))
		if m.id != "" {
			if m.id != strconv.FormatInt(version, 10) {
				t.Fatalf("%s: an event of version %d has the id %s", r.name, version, m.id)
			}
			finished = append(finished, open...)
			open = nil
		}
	}
	return append(slices.Clone(r.finished), finished...), id
}

// check fails unless the client has a beginning of what it wants.
func (r *follower) check(t *rapid.T, m *machine) {
	got, _ := r.take(t)
	i := 0
	for _, c := range m.log.changes {
		if c.Version > r.from && wanted(r.nouns, c.Noun) && i < len(got) {
			if want := fmt.Sprint(c.Version, " ", c.Index); got[i] != want {
				t.Fatalf("%s from %d took %v, want %s after %d", r.name, r.from, got, want, i)
			}
			i++
		}
	}
	if i < len(got) {
		t.Fatalf("%s took more than the log: %v", r.name, got[i:])
	}
}

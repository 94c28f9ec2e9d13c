package tail_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/storage"
	"marquee/storage/tail"
)

// The log never reports a part as known if a change of it is missing, nor a version
// that was not committed. Writes, faults, pruning and lost connections are random.
func TestNeverClaimsMoreThanItKnows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		rapid.Check(timeless{t}, func(t *rapid.T) {
			m := newMachine(t)
			defer m.stop()
			t.Repeat(map[string]func(*rapid.T){
				"":        m.check,
				"write":   m.write,
				"import":  func(*rapid.T) { m.commit("") },
				"burst":   m.burst,
				"require": func(t *rapid.T) { m.log.Require(rapid.Int64Range(0, m.source.version).Draw(t, "required")) },
				"prune":   m.prune,
				"fail":    func(*rapid.T) { m.down(storage.Errorf(storage.Unavailable, "down")) },
				"repair":  func(*rapid.T) { m.down(nil) },
				"deafen":  func(t *rapid.T) { m.source.set(func() { m.source.deaf = rapid.Bool().Draw(t, "deaf") }) },
				"cut off": func(*rapid.T) { m.source.disconnect() },
				"pass":    m.pass,
			})
		})
	})
}

// timeless hides the test's deadline, which is not available in a bubble.
type timeless struct{ rapid.TB }

// machine is a log over a source with random events.
type machine struct {
	source  *fakeSource
	log     *tail.Log
	stop    func()
	commits []time.Time // when each version was committed, the first at 1
	up      time.Time   // since when the source answers; zero while it does not
	stamp   uint64
	state   [3]int64
}

func newMachine(t *rapid.T) *machine {
	m := &machine{source: &fakeSource{}, commits: []time.Time{{}}, up: time.Now()}
	m.log = tail.New(tail.Config{Source: m.source, MaxChanges: rapid.IntRange(1, 40).Draw(t, "max changes"), MaxBytes: rapid.IntRange(2000, 50_000).Draw(t, "max bytes")})
	for range rapid.IntRange(0, 20).Draw(t, "written before") {
		m.commit("old")
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { defer close(ended); m.log.Run(ctx) }()
	m.stop = func() { cancel(); <-ended }
	return m
}

func (m *machine) commit(titles ...string) {
	m.source.commit(titles...)
	m.commits = append(m.commits, time.Now())
}

func (m *machine) write(t *rapid.T) {
	titles := make([]string, rapid.IntRange(1, 4).Draw(t, "changes"))
	for i := range titles {
		titles[i] = fmt.Sprint("film ", i)
	}
	m.commit(titles...)
}

// burst commits more versions than one read returns, or more than are read at all.
func (m *machine) burst(t *rapid.T) {
	m.source.set(func() { m.source.deaf = true })
	for range rapid.SampledFrom([]int{600, 1001}).Draw(t, "burst") {
		m.commit("one of many")
	}
}

func (m *machine) prune(t *rapid.T) {
	to := rapid.Int64Range(m.source.pruned, m.source.version).Draw(t, "up to")
	m.source.set(func() {
		m.source.pruned = to
	})
}

func (m *machine) down(err error) {
	m.source.set(func() { m.source.err = err })
	if err != nil {
		m.up = time.Time{}
	} else if m.up.IsZero() {
		m.up = time.Now()
	}
}

func (m *machine) pass(t *rapid.T) {
	time.Sleep(time.Duration(rapid.IntRange(0, 1500).Draw(t, "ms")) * time.Millisecond)
}

func (m *machine) check(t *rapid.T) {
	synctest.Wait()
	version, floor := m.log.Version(), m.log.Floor()
	if version > m.source.version || floor > version {
		t.Fatalf("floor %d, version %d, the catalogue is at %d", floor, version, m.source.version)
	}
	m.checkStamp(t)
	m.checkFresh(t, version)
	from := rapid.Int64Range(0, m.source.version).Draw(t, "from")
	to := rapid.Int64Range(from, m.source.version+1).Draw(t, "to")
	var got []storage.Change
	known := m.log.Between(from, to, func(c *storage.Change) bool { got = append(got, *c); return true })
	if known != (from >= floor && to <= version) || !known && got != nil {
		t.Fatalf("(%d, %d] is known: %v, at floor %d and version %d", from, to, known, floor, version)
	}
	want := m.source.between(from, to)
	if known && (len(got) != len(want) || !slices.EqualFunc(got, want, same)) {
		t.Fatalf("(%d, %d] is reported as known, but differs (-want +got):\n%s", from, to, cmp.Diff(want, got))
	}
	for _, c := range got {
		if c.After == nil {
			t.Fatalf("the import %d is reported as known", c.Version)
		}
	}
	m.checkAfter(t, version, floor)
}

// checkAfter fails unless the tail has every change after a position, imports included.
func (m *machine) checkAfter(t *rapid.T, version, floor int64) {
	at := storage.AfterVersion(rapid.Int64Range(0, m.source.version).Draw(t, "after"))
	if rapid.Bool().Draw(t, "in a version") {
		at = storage.LogPosition{Version: at.Version, Index: rapid.IntRange(0, 4).Draw(t, "index")}
	}
	var got []storage.Change
	upTo, known := m.log.After(at, func(c *storage.Change) bool { got = append(got, *c); return true })
	if !known && (got != nil || at.Whole() >= floor) || known && upTo != version {
		t.Fatalf("after %v is known: %v, up to %d, at floor %d and version %d", at, known, upTo, floor, version)
	}
	want := slices.DeleteFunc(m.source.between(at.Whole(), version), func(c storage.Change) bool { return !at.Precedes(&c) })
	if known && (len(got) != len(want) || !slices.EqualFunc(got, want, same)) {
		t.Fatalf("after %v is reported as known, but differs (-want +got):\n%s", at, cmp.Diff(want, got))
	}
}

// same reports whether two changes are equal.
func same(a, b storage.Change) bool {
	return a.Version == b.Version && a.Index == b.Index && a.Operation == b.Operation && a.After == b.After
}

// checkStamp fails unless the stamp changes exactly when the state does.
func (m *machine) checkStamp(t *rapid.T) {
	state := [3]int64{m.log.Version(), m.log.Floor(), m.log.Required()}
	stamp := m.log.Stamp()
	if (state == m.state) != (stamp == m.stamp) || stamp < m.stamp {
		t.Fatalf("the stamp went from %d to %d when the state went from %v to %v", m.stamp, stamp, m.state, state)
	}
	m.state, m.stamp = state, stamp
}

// checkFresh fails unless a working source is followed, and Current is correct.
func (m *machine) checkFresh(t *rapid.T, version int64) {
	old := func(v int64, age time.Duration) bool { return time.Since(m.commits[v]) > age }
	if next := version + 1; next < int64(len(m.commits)) && m.log.Current() && old(next, time.Second) {
		t.Fatalf("version %d is not known after %v, but the log is current", next, time.Since(m.commits[next]))
	}
	answers := !m.up.IsZero() && time.Since(m.up) > 300*time.Millisecond
	if next := version + 1; answers && next < int64(len(m.commits)) && old(next, 300*time.Millisecond) {
		t.Fatalf("version %d is not known after %v, but the source works", next, time.Since(m.commits[next]))
	}
	if answers && !m.log.Current() {
		t.Fatal("the source works, but the log is not current")
	}
}

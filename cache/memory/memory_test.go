package memory

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"marquee/cache/envelope"
	"marquee/cache/plan"
	"marquee/cache/response"
)

// film returns an entry that was made now, with a body of that many bytes.
func film(target string, bytes int) *Entry {
	p := response.New(http.StatusOK, http.Header{"Etag": {`"1-a"`}}, []byte(strings.Repeat("f", bytes)))
	return newEntry(target, p, plan.Description{Lifetimes: plan.Lifetimes{Fresh: time.Minute}})
}

// newEntry returns an entry that was made now.
func newEntry(target string, p *response.Response, d plan.Description) *Entry {
	return NewEntry(&envelope.Envelope{Target: target, Response: p, Description: d, Made: now()}, planOf)
}

// planOf returns a plan whose subject is the target.
func planOf(target string) *plan.Plan { return &plan.Plan{Target: target, Subject: target} }

func now() int64 { return time.Now().UnixNano() }

func newLevel(t *testing.T, bytes int64) *Level {
	t.Helper()
	m, err := New(bytes)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// prepare makes encodings of an entry's response.
func prepare(e *Entry, encodings ...string) {
	for _, name := range encodings {
		e.Prepare(&http.Request{Header: http.Header{"Accept-Encoding": {name}}})
	}
}

// settle waits until both caches have evicted what does not fit.
func (m *Level) settle() {
	m.entries.CleanUp()
	m.plans.CleanUp()
}

func TestLevelIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	m := newLevel(t, limit)
	for n := range 2000 {
		target := fmt.Sprintf("/film%d", n)
		m.Remember(target+"?"+strings.Repeat("x", n%500), &plan.Plan{Target: target})
		e := film(target, 3000)
		m.Set(e, now())
		if n%3 == 0 {
			prepare(e, "br", "zstd", "gzip")
			m.Weigh(e)
		}
	}
	m.settle()
	if got := m.entries.WeightedSize(); got > limit-limit/planShare {
		t.Errorf("entries count %d bytes, want at most %d", got, limit-limit/planShare)
	}
	if got := m.plans.WeightedSize(); got > minPlans {
		t.Errorf("plans count %d bytes, want at most %d", got, minPlans)
	}
	var weight uint64
	entries := 0
	for e := range m.entries.Values() {
		weight += uint64(e.Weight())
		entries++
	}
	if weight != m.entries.WeightedSize() {
		t.Errorf("%d entries weigh %d bytes, but %d are counted", entries, weight, m.entries.WeightedSize())
	}
	if entries < 100 {
		t.Errorf("got %d entries, want at least 100", entries)
	}
}

// An entry that is larger than the level is not stored, and replaces a smaller one.
func TestTooLargeEntryIsNotStored(t *testing.T) {
	t.Parallel()
	m := newLevel(t, 1<<20)
	m.Set(film("/film", 100), now())
	m.Set(film("/other", 100), now())
	m.Set(film("/film", 1<<20), now())
	m.settle()
	if m.Get("/film") != nil || m.Get("/other") == nil {
		t.Errorf("got %v and %v, want only /other", m.Get("/film"), m.Get("/other"))
	}
}

func TestLongSpellingsAreNotRemembered(t *testing.T) {
	t.Parallel()
	m := newLevel(t, 1<<20)
	for _, c := range []struct {
		length int
		want   bool
	}{{maxSpelling, true}, {maxSpelling + 1, false}} {
		spelling := strings.Repeat("x", c.length)
		m.Remember(spelling, &plan.Plan{})
		if got := m.Plan(spelling) != nil; got != c.want {
			t.Errorf("%d bytes: remembered %v, want %v", c.length, got, c.want)
		}
	}
}

func TestStats(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	m := newLevel(t, limit)
	const films = 200 // about half of them fit
	for n := range films {
		target := fmt.Sprintf("/film%d", n)
		m.Remember(target, &plan.Plan{Target: target})
		m.Set(film(target, 7000), now())
	}
	m.settle()
	got := m.Stats()
	if got.Entries+int(got.Evicted) != films || got.Evicted < films/4 || got.Spellings < films/2 || got.Bytes > got.Limit || got.Bytes < limit/2 || got.Limit < limit {
		t.Errorf("got %+v", got)
	}
}

// The encoded bodies that another process published count like own ones.
func TestPublishedEncodingsHaveWeight(t *testing.T) {
	t.Parallel()
	e := film("/film", 5000)
	plain := e.Weight()
	prepare(e, "br", "zstd", "gzip")
	v := e.Envelope()
	got := FromShared(&v, planOf).Weight()
	if got != e.Weight() || got <= plain {
		t.Errorf("got weight %d, want %d; without encodings it is %d", got, e.Weight(), plain)
	}
}

func TestJitterIsATenth(t *testing.T) {
	t.Parallel()
	lowest, highest := time.Minute, time.Duration(0)
	for range 1000 {
		d := time.Duration(jittered(time.Minute))
		lowest, highest = min(lowest, d), max(highest, d)
	}
	if lowest < 54*time.Second || lowest > 55*time.Second || highest > 66*time.Second || highest < 65*time.Second {
		t.Errorf("got lifetimes from %s to %s, want from 54s to 66s", lowest, highest)
	}
}

// When the system clock is set back, ages stay at 0 and refreshes go on.
func TestClockSetBack(t *testing.T) {
	t.Parallel()
	e := film("/film", 1)
	now := time.Now().Add(-time.Hour).UnixNano()
	if got := e.Age(now); got != 0 {
		t.Errorf("got age %d, want 0", got)
	}
	if !e.MayRefresh(time.Now().UnixNano()) || !e.MayRefresh(now) {
		t.Error("the entry is not refreshed for an hour")
	}
}

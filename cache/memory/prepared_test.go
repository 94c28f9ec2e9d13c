package memory

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"marquee/cache/plan"
	"marquee/cache/response"
)

// ahead returns an entry whose time comes after a number of minutes.
func ahead(target string, bytes int, start time.Time, minutes int) *Entry {
	p := response.New(http.StatusOK, http.Header{}, []byte(strings.Repeat("f", bytes)))
	return newEntry(target, p, plan.Description{From: start.Add(time.Duration(minutes) * time.Minute), Lifetimes: plan.Lifetimes{Fresh: time.Hour}})
}

// Prepared entries take at most their share, and none of what hot entries have. Those whose
// time comes last are dropped.
func TestPreparedEntriesAreBounded(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	m := newLevel(t, limit)
	start := time.Now()
	const hot = 20
	for n := range hot {
		m.Set(film(fmt.Sprintf("/hot%d", n), 3000), start.UnixNano())
	}
	for range 10 {
		for n := range hot {
			m.Get(fmt.Sprintf("/hot%d", n))
		}
	}
	for n := range 1000 {
		m.Set(ahead(fmt.Sprintf("/film%d", n), 3000, start, 1000-n), start.UnixNano())
	}
	m.settle()
	stats := m.Stats()
	most := int64(limit-limit/planShare) / preparedShare
	if stats.PreparedBytes > most || stats.PreparedBytes < most*9/10 || stats.Prepared < 20 {
		t.Errorf("got %d prepared entries of %d bytes, want at most %d", stats.Prepared, stats.PreparedBytes, most)
	}
	if stats.Bytes > stats.Limit || stats.Limit != newLevel(t, limit).Stats().Limit {
		t.Errorf("got %d bytes of at most %d", stats.Bytes, stats.Limit)
	}
	for n := range hot {
		if m.Get(fmt.Sprintf("/hot%d", n)) == nil {
			t.Errorf("/hot%d was pushed out", n)
		}
	}
	if m.prepared.get("/film999") == nil || m.prepared.get("/film0") != nil {
		t.Error("the entries whose time comes first were dropped")
	}
	m.Set(ahead("/large", limit, start, 1), start.UnixNano())
	if m.prepared.get("/large") != nil || m.Stats().Prepared != stats.Prepared {
		t.Error("an entry that is larger than the share is stored, or drops others")
	}

	// The next prepared entry lets those take over whose time has come, in memory that they leave.
	m.Set(ahead("/next", 1, start, 2000), start.Add(1001*time.Minute).UnixNano())
	m.settle()
	if stats := m.Stats(); stats.Prepared != 1 || stats.PreparedBytes > 2*overhead || m.Get("/film999") == nil {
		t.Errorf("after their time: got %d prepared entries of %d bytes", stats.Prepared, stats.PreparedBytes)
	}
}

// A prepared entry takes over at its instant, unless the present one is right and was read
// later.
func TestPreparedEntryTakesOver(t *testing.T) {
	t.Parallel()
	start := time.Now()
	turn := start.Add(time.Minute)
	for _, c := range []struct {
		name  string
		later time.Duration // how much later than the prepared one the present one was read
		until time.Time
		want  bool
	}{
		{"read before", -time.Second, time.Time{}, true}, {"read later, and over", time.Second, turn, true},
		{"read later", time.Second, time.Time{}, false}, {"read after the turn", time.Hour, time.Time{}, false},
	} {
		m := newLevel(t, 1<<20)
		prepared := ahead("/film", 1, start, 1)
		present := newEntry("/film", prepared.Response, plan.Description{Until: c.until, Lifetimes: prepared.lifetimes})
		present.made = prepared.made + int64(c.later)
		m.Set(prepared, start.UnixNano())
		m.Set(present, start.UnixNano())
		if got := m.Latest("/film", turn.UnixNano()-1); got != present {
			t.Errorf("%s: it takes over before its time", c.name)
		}
		if got := m.Latest("/film", turn.UnixNano()) == prepared; got != c.want || m.Stats().Prepared != 0 {
			t.Errorf("%s: takes over %v, want %v", c.name, got, c.want)
		}
	}
}

// Years that do not fit into nanoseconds are far away, whatever end of them.
func TestInstantsFarAway(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		from, until time.Time
		want        bool
	}{
		{time.Time{}, time.Time{}, true},
		{time.Date(1, 1, 1, 0, 0, 1, 0, time.UTC), time.Date(9999, 12, 31, 0, 0, 0, 0, time.UTC), true},
		{time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC), time.Time{}, false},
		{time.Time{}, time.Date(1000, 1, 1, 0, 0, 0, 0, time.UTC), false},
	} {
		p := response.New(http.StatusOK, http.Header{}, nil)
		e := newEntry("/film", p, plan.Description{From: c.from, Until: c.until, Lifetimes: plan.Lifetimes{Fresh: time.Minute}})
		if got := e.Fresh(now()); got != c.want {
			t.Errorf("from %s until %s: got fresh %v, want %v", c.from, c.until, got, c.want)
		}
	}
}

// Parts take memory: their targets, and what their plans weigh.
func TestPartsHaveWeight(t *testing.T) {
	t.Parallel()
	p := response.New(http.StatusOK, http.Header{}, nil)
	parts := []plan.Part{{Target: strings.Repeat("x", 100)}}
	heavy := func(target string) *plan.Plan { return &plan.Plan{Target: target, Weight: 5000} }
	e := newEntry("/film", p, plan.Description{Parts: parts})
	v := e.Envelope()
	light, weight := newEntry("/film", p, plan.Description{}).Weight(), NewEntry(&v, heavy).Weight()
	if weight < light+5000+200 {
		t.Errorf("got weight %d, without the part %d", weight, light)
	}
}

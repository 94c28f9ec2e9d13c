package warm_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"marquee/cache"
	"marquee/cache/plan"
	"marquee/cache/warm"
)

// A Warmer warms a real cache in front of a catalogue whose sets turn and are written. The first
// request after each turn is a hit, unless there was no time or room to prepare the page. Reads
// and memory stay within their bounds. Every answer is the one that the origin gives.
func TestTurnsAreHits(t *testing.T) {
	t.Parallel()
	turns := 0
	rapid.Check(t, func(r *rapid.T) {
		inBubbleOf(t, func() {
			m := newModel(r)
			defer m.close(r)
			r.Repeat(m.actions())
			m.pass(r, 3*time.Minute)
			turns += m.turns
		})
	})
	if turns == 0 {
		t.Error("no turn was to be a hit")
	}
}

// inBubbleOf runs a property in a bubble. Package rapid ends a run by a panic, which has to
// reach it.
func inBubbleOf(t *testing.T, property func()) {
	t.Helper()
	var ended any
	synctest.Test(t, func(*testing.T) {
		defer func() { ended = recover() }()
		property()
	})
	if ended != nil {
		panic(ended)
	}
}

// model is a catalogue, its API with a cache in front, and a Warmer. It is an agenda and the
// checker of the cache.
type model struct {
	*cache.Handler
	warmer *warm.Warmer
	end    func()
	roomy  bool // the cache has room for all pages

	mu      sync.Mutex
	sets    map[string]*set
	changes []string         // the set that version i+1 has changed
	written map[string]int64 // the last version of each set
	fails   bool
	reading int // the reads of pages at the origin
	most    int
	slow    int // the slow requests
	// quiet is when the next turns of a set are to be hits: there was time since the last
	// write, or failure.
	quiet map[string]time.Time
	turns int // turns that were to be hits
}

const (
	// settling is the time that the pages of a set may take to be warm after a write.
	settling = 3 * time.Second
	// recovering is the time that they may take after failures.
	recovering = 10 * time.Second
	// pageBytes is the size of an answer.
	pageBytes = 10 << 10
)

func newModel(t *rapid.T) *model {
	m := &model{sets: map[string]*set{}, written: map[string]int64{}, quiet: map[string]time.Time{}, roomy: rapid.Bool().Draw(t, "enough memory")}
	for _, name := range []string{"aa", "bb", "cc"} {
		m.sets[name] = m.draw(t)
		m.quiet[name] = time.Now().Add(settling)
	}
	memory := int64(64 << 20)
	if !m.roomy {
		memory = 32 * pageBytes
	}
	var err error
	m.Handler, err = cache.New(cache.Config{Next: m, Plan: planOf, Checker: m, MemoryBytes: memory, OriginReads: 8})
	if err != nil {
		t.Fatal(err)
	}
	m.warmer = warm.New(warm.Config{Cache: m.Handler, MaxBytes: memory / warm.Share, Agenda: m})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		m.warmer.Run(ctx)
	}()
	m.end = func() {
		cancel()
		<-done
	}
	return m
}

func (m *model) close(t *rapid.T) {
	m.end()
	if err := m.Close(context.Background()); err != nil {
		t.Error(err)
	}
}

// draw draws a set whose periods are near.
func (m *model) draw(t *rapid.T) *set {
	s := &set{pages: rapid.IntRange(1, 12).Draw(t, "pages")}
	now := time.Now().Truncate(time.Minute)
	for range rapid.IntRange(0, 3).Draw(t, "periods") {
		from := now.Add(time.Duration(rapid.IntRange(-1, 5).Draw(t, "from")) * time.Minute)
		s.periods = append(s.periods, [2]time.Time{from, from.Add(time.Duration(rapid.IntRange(1, 4).Draw(t, "minutes")) * time.Minute)})
	}
	return s
}

// actions are the steps of the model, in any order.
func (m *model) actions() map[string]func(*rapid.T) {
	name := rapid.SampledFrom([]string{"aa", "bb", "cc"})
	return map[string]func(*rapid.T){
		"write":          func(t *rapid.T) { m.write(name.Draw(t, "set"), nil) },
		"change periods": func(t *rapid.T) { m.write(name.Draw(t, "set"), m.draw(t)) },
		"read":           func(t *rapid.T) { m.read(t, page(name.Draw(t, "set"), rapid.IntRange(0, 12).Draw(t, "page"))) },
		"fail for a while": func(t *rapid.T) {
			m.lock(func() { m.fails = true })
			m.pass(t, time.Duration(rapid.IntRange(1, 40).Draw(t, "seconds"))*time.Second)
			m.lock(func() { m.fails = false })
			m.pass(t, 10*time.Millisecond) // a read that began before may still fail
		},
		"crowd the origin": func(*rapid.T) {
			if m.slow == 0 {
				m.slow = 6
				for range m.slow {
					go m.get("/slow")
				}
			}
		},
		"pass milliseconds": func(t *rapid.T) { m.pass(t, time.Duration(rapid.IntRange(1, 5000).Draw(t, "ms"))*time.Millisecond) },
		"pass a minute":     func(t *rapid.T) { m.pass(t, time.Minute) },
		"": func(t *rapid.T) {
			m.mu.Lock()
			defer m.mu.Unlock()
			if m.most > 5 {
				t.Errorf("got %d reads of pages at a time, want at most 4 and that of the reader", m.most)
			}
			if s := m.Stats(); s.PreparedBytes > s.Limit/8 || s.Bytes > s.Limit {
				t.Errorf("got %+v, want prepared entries of an eighth at most", s)
			}
		},
	}
}

func (m *model) lock(change func()) {
	m.mu.Lock()
	defer m.mu.Unlock()
	change()
}

// write changes a set, and replaces it if there is another one.
func (m *model) write(name string, by *set) {
	m.lock(func() {
		if by != nil {
			m.sets[name] = by
		}
		m.changes = append(m.changes, name)
		m.written[name] = int64(len(m.changes))
		m.quiet[name] = later(m.quiet[name], time.Now().Add(settling))
	})
	m.warmer.Wake()
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// pass lets time pass. At each turn it reads the pages of the sets that turn.
func (m *model) pass(t *rapid.T, d time.Duration) {
	for end := time.Now().Add(d); ; {
		var turning []string
		next := end
		m.lock(func() {
			for name, s := range m.sets {
				if m.fails {
					m.quiet[name] = later(m.quiet[name], end.Add(recovering))
				}
				if b := s.boundary(time.Now()); !b.IsZero() && !b.After(next) {
					if b.Before(next) {
						turning, next = nil, b
					}
					turning = append(turning, name)
				}
			}
		})
		time.Sleep(time.Until(next))
		for _, name := range turning {
			m.turn(t, name)
		}
		if !next.Before(end) {
			return
		}
	}
}

// turn reads the pages of a set that has just turned.
func (m *model) turn(t *rapid.T, name string) {
	targets := []string{"/" + name}
	for i := range min(m.sets[name].pages, 10) {
		targets = append(targets, page(name, i))
	}
	ready := m.roomy && !time.Now().Before(m.quiet[name])
	if ready {
		m.turns++
	}
	for _, target := range targets {
		if status := m.read(t, target); ready && !strings.HasPrefix(status, "Marquee; hit") {
			t.Errorf("%s at its turn: got Cache-Status %q, want a hit", target, status)
		}
	}
}

// read reads a page. The answer must be the one that the origin gives now, unless it says that
// the origin fails.
func (m *model) read(t *rapid.T, target string) (cacheStatus string) {
	got := m.get(target)
	m.mu.Lock()
	defer m.mu.Unlock()
	cacheStatus = got.Header().Get("Cache-Status")
	if m.fails && (got.Code == http.StatusServiceUnavailable || strings.Contains(cacheStatus, "ORIGIN-ERROR")) {
		return cacheStatus
	}
	if status, body, _ := m.answer(target, time.Now()); got.Code != status || got.Body.String() != body {
		t.Errorf("%s: got status %d with %.20q, want %d with %.20q (%s)", target, got.Code, got.Body, status, body, cacheStatus)
	}
	return cacheStatus
}

func (m *model) get(target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	r := httptest.NewRequest(http.MethodGet, target, nil)
	m.Handler.ServeHTTP(w, r)
	return w
}

// setOf returns the set of a target.
func setOf(target string) string {
	name, _ := placeOf(target)
	return name
}

// answer returns the answer of a target at an instant, and until when it is right.
func (m *model) answer(target string, at time.Time) (status int, body string, until time.Time) {
	s := m.sets[setOf(target)]
	if !s.active(at) {
		return http.StatusNotFound, "missing", s.boundary(at)
	}
	return http.StatusOK, fmt.Sprintf("%d %s %s", m.written[setOf(target)], target, padding), s.boundary(at)
}

var padding = strings.Repeat("x", pageBytes)

// ServeHTTP is the origin.
func (m *model) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/slow" {
		time.Sleep(10 * time.Second)
		m.lock(func() { m.slow-- })
		return
	}
	at, ok := plan.Instant(r.Context())
	if !ok {
		at = time.Now()
	}
	m.mu.Lock()
	m.reading++
	m.most = max(m.most, m.reading)
	fails, version := m.fails, int64(len(m.changes))
	status, body, until := m.answer(r.RequestURI, at)
	_, i := placeOf(r.RequestURI)
	next := i+1 < m.sets[setOf(r.RequestURI)].pages
	m.mu.Unlock()
	time.Sleep(5 * time.Millisecond)
	defer m.lock(func() { m.reading-- })
	if fails {
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if status == http.StatusOK && next {
		w.Header().Set("Link", `</next>; rel="next"`)
	}
	plan.Describe(r.Context(), plan.Description{AsOf: version, Until: until, Lifetimes: lifetimes})
	w.WriteHeader(status)
	fmt.Fprint(w, body)
}

var lifetimes = plan.Lifetimes{Fresh: 10 * time.Minute, WhileRevalidate: 10 * time.Minute, IfError: time.Hour}

func planOf(r *http.Request) *plan.Plan {
	return &plan.Plan{Target: r.URL.RequestURI(), Subject: setOf(r.URL.RequestURI()), Store: r.URL.Path != "/slow"}
}

// Stamp, Check and Current are those of a checker that knows every write at once.
func (m *model) Stamp() uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return uint64(len(m.changes))
}

func (m *model) Check(subject any, _ plan.Source, asOf int64, _ string) (upTo int64, ok bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, changed := range m.changes[asOf:] {
		if changed == subject {
			return asOf, false
		}
	}
	return int64(len(m.changes)), true
}

func (m *model) Current() bool { return true }

func (m *model) Sets(_ context.Context, now, end time.Time) ([]warm.Set, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return agenda(m.sets, now, end), nil
}

func (m *model) Known(name string) bool { return m.sets[name] != nil }

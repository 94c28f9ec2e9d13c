package cache

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"marquee/cache/origin"
	"marquee/cache/plan"
)

// catalogue is data with versions: each write sets the text of one key. It has all earlier
// states.
type catalogue struct {
	mutex   sync.Mutex
	changes []string // the key of version i+1
	states  []map[string]string
}

func newCatalogue() *catalogue { return &catalogue{states: []map[string]string{{}}} }

// write sets a text and returns its version.
func (c *catalogue) write(key, text string) int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	next := maps.Clone(c.states[len(c.states)-1])
	next[key] = text
	c.states, c.changes = append(c.states, next), append(c.changes, key)
	return int64(len(c.changes))
}

func (c *catalogue) version() int64 {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return int64(len(c.changes))
}

// shown is what a text shows at an instant.
type shown struct {
	text        string
	from, until time.Time // zero without turns
	parts       []plan.Part
}

// at returns what a text shows. A text "a@60@b" is "a", and "b" from second 60 of Unix time
// on. A text "=a+b" is made of the texts of the keys a and b.
func (c *catalogue) at(key string, version int64, instant time.Time) shown {
	c.mutex.Lock()
	defer c.mutex.Unlock()
	return show(c.states[version], key, version, instant)
}

func show(state map[string]string, key string, version int64, instant time.Time) (s shown) {
	if made, ok := strings.CutPrefix(state[key], "="); ok {
		for part := range strings.SplitSeq(made, "+") {
			other := show(state, part, version, instant)
			s.text += "+" + other.text
			s.parts = append(s.parts, plan.Part{Target: "/" + part, AsOf: version})
			if other.from.After(s.from) {
				s.from = other.from
			}
			if s.until.IsZero() || !other.until.IsZero() && other.until.Before(s.until) {
				s.until = other.until
			}
		}
		return s
	}
	states := strings.Split(state[key], "@")
	for s.text, states = states[0], states[1:]; len(states) > 0; s.text, states = states[1], states[2:] {
		second, err := strconv.ParseInt(states[0], 10, 64)
		if err != nil {
			panic(err)
		}
		turn := time.Unix(second, 0)
		if turn.After(instant) {
			s.until = turn
			break
		}
		s.from = turn
	}
	return s
}

// tail is what one process knows of the catalogue's change log. It is a plan.Checker.
type tail struct {
	catalogue *catalogue
	mutex     sync.Mutex
	known     int64
	floor     int64
	lost      bool
	blind     bool // Check knows nothing
	turns     int64
	checks    int
}

func (l *tail) follow(to int64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.known = max(l.known, to)
}

func (l *tail) raise(floor int64) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.floor = max(l.floor, floor)
}

func (l *tail) blindfold(blind bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.blind = blind
	l.turns++
}

func (l *tail) lose(lost bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.lost = lost
}

func (l *tail) version() int64 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return l.known
}

func (l *tail) Stamp() uint64 {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return uint64(l.known + l.floor + l.turns)
}

func (l *tail) Check(subject any, _ plan.Source, asOf int64, _ string) (int64, bool) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.checks++
	if l.blind {
		return 0, false
	}
	if asOf >= l.known {
		return asOf, true
	}
	if asOf < l.floor {
		return 0, false
	}
	l.catalogue.mutex.Lock()
	defer l.catalogue.mutex.Unlock()
	for _, key := range l.catalogue.changes[asOf:l.known] {
		if key == subject {
			return 0, false
		}
	}
	return l.known, true
}

func (l *tail) Current() bool {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return !l.lost
}

// process is one API process: a Handler in front of a catalogue.
type process struct {
	*Handler
	catalogue *catalogue
	tail      *tail
	origin    *fakeOrigin
	events    *events
	skipped   atomic.Int64 // how far a test has set the clock forward, in nanoseconds
}

// fakeOrigin serves texts by path.
type fakeOrigin struct {
	catalogue *catalogue
	lifetimes plan.Lifetimes
	now       func() time.Time
	mutex     sync.Mutex
	reads     int
	seen      []*http.Request
	// instead, if set, answers after the text was read.
	instead func(w http.ResponseWriter, r *http.Request, text string)
}

func (o *fakeOrigin) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	version := o.catalogue.version()
	key := strings.TrimPrefix(r.URL.Path, "/")
	instant, prepares := plan.Instant(r.Context())
	if !prepares {
		instant = o.now()
	}
	s := o.catalogue.at(key, version, instant)
	o.mutex.Lock()
	o.reads++
	o.seen = append(o.seen, r)
	instead := o.instead
	o.mutex.Unlock()
	plan.Describe(r.Context(), plan.Description{AsOf: version, Lifetimes: o.lifetimes, From: s.from, Until: s.until, Parts: s.parts})
	if instead != nil {
		instead(w, r, s.text)
		return
	}
	o.answer(w, r, s.text)
}

// answer writes a text as the API writes an object.
func (*fakeOrigin) answer(w http.ResponseWriter, r *http.Request, text string) {
	header := w.Header()
	header.Set("X-Request-Id", r.Header.Get("X-Request-Id"))
	header.Set("Access-Control-Allow-Origin", "*")
	if text == "" {
		header.Set("Content-Type", "application/problem+json")
		header.Set("Cache-Control", "public, max-age=2")
		w.WriteHeader(http.StatusNotFound)
		fmt.Fprintf(w, `{"meta":{"request_id":%q},"status":404}`, header.Get("X-Request-Id"))
		return
	}
	header.Set("Content-Type", "application/json")
	header.Set("Cache-Control", "public, max-age=5, s-maxage=10, stale-while-revalidate=30, stale-if-error=43200")
	header.Set("Etag", `"`+strconv.Itoa(len(text))+`-abc"`)
	header.Set("Last-Modified", "Sat, 01 Nov 2025 10:00:00 GMT")
	header.Set("Link", `</>; rel="first"`)
	header.Set("Surrogate-Key", "movies movie-12")
	header.Set("Vary", "Accept-Encoding")
	fmt.Fprint(w, text)
}

func (o *fakeOrigin) count() int {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.reads
}

func (o *fakeOrigin) do(instead func(w http.ResponseWriter, r *http.Request, text string)) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	o.instead = instead
}

// fails makes the origin answer with a status.
func (o *fakeOrigin) fails(status int) {
	o.do(func(w http.ResponseWriter, _ *http.Request, _ string) { w.WriteHeader(status) })
}

// events counts results.
type events struct {
	mutex   sync.Mutex
	counts  map[Result]int
	changed chan struct{} // closed at the next event
}

func newEvents() *events { return &events{counts: map[Result]int{}, changed: make(chan struct{})} }

func (e *events) observe(event Event) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.counts[event.Result]++
	close(e.changed)
	e.changed = make(chan struct{})
}

// await waits until a result was seen that many times.
func (e *events) await(t testing.TB, r Result, times int) {
	t.Helper()
	patience := time.After(20 * time.Second)
	for {
		e.mutex.Lock()
		count, changed := e.counts[r], e.changed
		e.mutex.Unlock()
		if count >= times {
			return
		}
		select {
		case <-changed:
		case <-patience:
			t.Fatalf("%s: got %d events, want %d", r, count, times)
		}
	}
}

func (e *events) count(r Result) int {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.counts[r]
}

// usual are the lifetimes of tests.
var usual = plan.Lifetimes{Fresh: time.Minute, WhileRevalidate: 30 * time.Second, IfError: time.Hour}

// planOf returns a plan whose subject is the path, without the query.
func planOf(r *http.Request) *plan.Plan {
	if strings.HasPrefix(r.URL.Path, "/probe") {
		return nil
	}
	p := &plan.Plan{
		Target: r.URL.Path, Subject: strings.TrimPrefix(r.URL.Path, "/"),
		Store: !strings.HasPrefix(r.URL.Path, "/log"),
	}
	if strings.HasPrefix(r.URL.Path, "/patient") {
		p.Timeout = 2 * origin.Timeout
	}
	return p
}

// tester is a *testing.T or *rapid.T.
type tester interface {
	Helper()
	Fatal(args ...any)
	Errorf(format string, args ...any)
	Cleanup(func())
}

// newProcess opens a process over a catalogue. change, if given, changes its configuration.
func newProcess(t tester, c *catalogue, change func(*Config)) *process {
	t.Helper()
	s := &process{
		catalogue: c, tail: &tail{catalogue: c}, origin: &fakeOrigin{catalogue: c, lifetimes: usual},
		events: newEvents(),
	}
	s.origin.now = func() time.Time { return s.now() }
	s.tail.follow(c.version())
	config := Config{Next: s.origin, Plan: planOf, Checker: s.tail, MemoryBytes: 8 << 20, Observe: s.events.observe}
	if change != nil {
		change(&config)
	}
	var err error
	if s.Handler, err = New(config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := s.Close(ctx); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return s
}

// put writes a text and answers the write, so this process knows of it.
func (s *process) put(key, text string) int64 {
	version := s.catalogue.write(key, text)
	s.tail.follow(version)
	return version
}

// answer is a client's view of an answer.
type answer struct {
	StatusCode int
	Header     http.Header
	Body       string
}

// get asks for a target. header has names and values in turn.
func (s *process) get(target string, header ...string) answer {
	return s.send(http.MethodGet, target, header...)
}

func (s *process) send(method, target string, header ...string) answer {
	r := httptest.NewRequest(method, target, nil)
	for i := 0; i < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return answer{w.Code, w.Header(), w.Body.String()}
}

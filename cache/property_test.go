package cache

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"marquee/cache/memory"
	"marquee/cache/shared"
	"marquee/deploy/devstack"
)

// model drives two processes over one catalogue and one Redis. It knows which states each
// answer may show.
type model struct {
	catalogue *catalogue
	processes []*process
	writes    int
	old       map[string][][]byte // older envelopes, by target
	pending   []*pending
}

// pending is a read whose origin is slow, with the later reads that may have joined it.
type pending struct {
	key     string
	release func()
	answers []func() error
}

// The texts of all keys may turn with the clock. That of the last one may be made of the
// others.
var modelKeys = []string{"a", "b", "c", "all"}

func (m *model) process(t *rapid.T) *process {
	return rapid.SampledFrom(m.processes).Draw(t, "process")
}
func (m *model) key(t *rapid.T) string { return rapid.SampledFrom(modelKeys).Draw(t, "key") }

// read starts a request. verdict waits for its answer, which must be the state of the
// catalogue at some version. That version is at least the one that the process knew at
// the start, and at least the one asked for.
func (m *model) read(s *process, key string, least int64) (verdict func() error) {
	known := max(s.tail.version(), least)
	answer := make(chan error, 1)
	go func() { answer <- m.judge(s, key, known, least) }()
	return func() error { return <-answer }
}

func (m *model) judge(s *process, key string, known, least int64) error {
	var header []string
	if least > 0 {
		header = []string{"Min-Version", strconv.FormatInt(least, 10)}
	}
	r := s.get("/"+key, header...)
	got, now := r.Body, s.now()
	if r.StatusCode == http.StatusNotFound {
		got = ""
	}
	for version := known; version <= m.catalogue.version(); version++ {
		want := m.catalogue.at(key, version, now)
		if want.text == got && (want.until.IsZero() || !now.Add(longestUse(r.Header.Get("Cache-Control"))).After(want.until)) {
			return nil
		}
	}
	return fmt.Errorf("%s at %d: got %q, which is its text at no version from %d on, or %q outlives it (%s)",
		key, now.Unix(), got, known, r.Header.Get("Cache-Control"), r.Header.Get("Cache-Status"))
}

// longestUse is how long another cache may use an answer, also in place of an error.
func longestUse(control string) time.Duration {
	fresh, stale := 0, 0
	for directive := range strings.SplitSeq(control, ", ") {
		name, value, _ := strings.Cut(directive, "=")
		seconds, _ := strconv.Atoi(value)
		if strings.HasPrefix(name, "stale-") {
			stale = max(stale, seconds)
		} else {
			fresh = max(fresh, seconds)
		}
	}
	return time.Duration(fresh+stale) * time.Second
}

// text draws a text for a key. Its turns are near the clocks of the processes.
func (m *model) text(t *rapid.T, key string) string {
	m.writes++
	text := fmt.Sprint("text", m.writes)
	switch {
	case key == "all" && rapid.Bool().Draw(t, "made of others"):
		return "=a+b"
	case rapid.Bool().Draw(t, "turns"):
		turn := m.instant(t)
		return fmt.Sprintf("%s@%d@%s@%d@%s", text, turn.Unix(), rapid.SampledFrom([]string{"", "then " + text}).Draw(t, "then"),
			turn.Add(rapid.SampledFrom(turns).Draw(t, "for")).Unix(), "at last "+text)
	}
	return text
}

var turns = []time.Duration{time.Second, 5 * time.Second, 20 * time.Second, usual.Fresh, time.Hour}

// instant draws an instant near the clock of a process.
func (m *model) instant(t *rapid.T) time.Time {
	return m.process(t).now().Add(rapid.SampledFrom(turns).Draw(t, "ahead"))
}

// begin starts a read whose origin, if it is asked, reads and does not answer yet.
func (m *model) begin(t *rapid.T, s *process, key string) {
	read, release := s.slowly(key)
	verdict := m.read(s, key, 0)
	answered := make(chan error, 1)
	go func() { answered <- verdict() }()
	select {
	case <-read:
		m.pending = append(m.pending, &pending{key: key, release: release, answers: []func() error{func() error { return <-answered }}})
	case err := <-answered: // the request did not wait for the origin
		release() // of a refresh in the background
		m.check(t, err)
	}
	s.origin.do(nil)
}

// slow returns the slow read of a key that is under way, or nil.
func (m *model) slow(key string) *pending {
	at := slices.IndexFunc(m.pending, func(p *pending) bool { return p.key == key })
	if at < 0 {
		return nil
	}
	return m.pending[at]
}

// end ends the oldest slow read.
func (m *model) end(t *rapid.T) {
	p := m.pending[0]
	m.pending = m.pending[1:]
	p.release()
	for _, verdict := range p.answers {
		m.check(t, verdict())
	}
}

func (m *model) check(t *rapid.T, err error) {
	if err != nil {
		t.Fatal(err)
	}
}

// stale puts back an older envelope, as a process would that publishes late.
func (m *model) stale(t *rapid.T) {
	target := "/" + m.key(t)
	level := m.processes[0].shared
	found, err := level.Get(t.Context(), target)
	m.check(t, err)
	if now := found[shared.Present]; len(now) > 0 {
		m.old[target] = append(m.old[target], now)
	}
	if len(m.old[target]) > 0 {
		late := rapid.SampledFrom(m.old[target]).Draw(t, "late")
		m.check(t, level.Set(t.Context(), target, shared.Present, late, usual.Fresh))
	}
}

// prepare prepares an answer, which need not succeed: a process may know too little of the
// log.
func (m *model) prepare(t *rapid.T, s *process, key string, instant time.Time) {
	if err := s.Prepare(t.Context(), "/"+key, instant); err != nil && !errors.Is(err, errNotStored) {
		t.Fatal(err)
	}
}

// actions are the steps of the model, in any order.
func (m *model) actions() map[string]func(*rapid.T) {
	return map[string]func(*rapid.T){
		"write": func(t *rapid.T) { // the process that answers it knows of it
			key := m.key(t)
			m.process(t).put(key, m.text(t, key))
		},
		"prepare": func(t *rapid.T) {
			s, key, instant := m.process(t), m.key(t), m.instant(t)
			if m.slow(key) != nil && !instant.After(s.now()) {
				return // it would wait for the slow read
			}
			m.prepare(t, s, key, instant)
		},
		"delete":     func(t *rapid.T) { m.process(t).put(m.key(t), "") },
		"read":       func(t *rapid.T) { m.ask(t, 0) },
		"read again": func(t *rapid.T) { m.ask(t, 0) },
		"read at least": func(t *rapid.T) {
			m.ask(t, rapid.Int64Range(0, m.catalogue.version()).Draw(t, "version"))
		},
		"follow": func(t *rapid.T) {
			s := m.process(t)
			s.tail.follow(rapid.Int64Range(s.tail.version(), m.catalogue.version()).Draw(t, "version"))
		},
		"raise the floor": func(t *rapid.T) {
			s := m.process(t)
			s.tail.raise(rapid.Int64Range(0, s.tail.version()).Draw(t, "floor"))
		},
		"forget":     func(t *rapid.T) { m.process(t).memory.Drop("/" + m.key(t)) },
		"store late": m.stale,
		"begin a slow read": func(t *rapid.T) {
			if key := m.key(t); m.slow(key) == nil {
				m.begin(t, m.process(t), key)
			}
		},
		"end a slow read": func(t *rapid.T) {
			if len(m.pending) > 0 {
				m.end(t)
			}
		},
		"read over a turn": func(t *rapid.T) {
			s, key := m.process(t), m.key(t)
			turn := m.catalogue.at(key, s.tail.version(), s.now()).until
			if m.slow(key) != nil || turn.IsZero() {
				return
			}
			m.check(t, m.read(s, key, 0)())
			if rapid.Bool().Draw(t, "prepared") {
				m.prepare(t, s, key, turn)
			}
			s.skipped.Add(int64(turn.Sub(s.now())))
			m.check(t, m.read(s, key, 0)())
		},
		"skip": func(t *rapid.T) { // the clock moves past the lifetimes, or back
			skip := rapid.SampledFrom([]time.Duration{
				-2 * usual.IfError, -usual.Fresh, memory.RetryAfter, 5 * time.Second, 20 * time.Second, usual.Fresh, usual.Fresh + usual.WhileRevalidate/2, 2 * usual.IfError,
			}).Draw(t, "skip")
			m.process(t).skipped.Add(int64(skip))
		},
		"empty redis": func(t *rapid.T) {
			for _, key := range modelKeys {
				m.check(t, m.processes[0].shared.Set(t.Context(), "/"+key, shared.Present, nil, time.Minute))
			}
		},
	}
}

// ask reads, and waits for the answer unless a slow read may delay it.
func (m *model) ask(t *rapid.T, least int64) {
	key := m.key(t)
	verdict := m.read(m.process(t), key, least)
	if p := m.slow(key); p != nil {
		p.answers = append(p.answers, verdict)
		return
	}
	m.check(t, verdict())
}

// Every answer equals the origin's at the version that it claims, and at the process's time. No other cache
// may use it for longer than that. After a write's answer,
// the same process never serves an older state, whatever the clocks of machines say.
func TestAnswersAreStatesOfTheCatalogue(t *testing.T) {
	t.Parallel()
	address := devstack.Redis(t)
	start := time.Now().Truncate(time.Second)
	rapid.Check(t, func(r *rapid.T) {
		m := &model{catalogue: newCatalogue(), old: map[string][][]byte{}}
		level := openRedis(r, address, devstack.RedisPrefix(t), patient)
		for range 2 {
			s := newProcess(r, m.catalogue, func(c *Config) { c.Shared = level })
			s.now = func() time.Time { return start.Add(time.Duration(s.skipped.Load())) }
			m.processes = append(m.processes, s)
		}
		r.Cleanup(func() {
			for len(m.pending) > 0 {
				m.end(r)
			}
		})
		r.Repeat(m.actions())
	})
}

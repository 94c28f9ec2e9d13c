package fault_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"marquee/cmd/test/fixture"
)

// freshWithin is how much later than its acknowledgement a write may appear in an
// answer that says nothing about its age: a process that has not read the log for
// that long says so. See docs/caching.md.
const freshWithin = time.Second

// ledger is what was acknowledged of one film, state by state. One editor writes,
// everybody reads.
type ledger struct {
	id, path string

	mu     sync.Mutex
	states []filmState
	tag    string // of the last state
	unsure bool   // whether an answer to a write of the next state was lost
}

// filmState is one that was acknowledged, by its number.
type filmState struct {
	version int64 // 0 when it was only seen
	at      time.Time
}

// stateFields are those of a film in a state.
func stateFields(n int) string {
	return fmt.Sprintf(`"description":%q,"release_year":%d`, stateText(n), 1950+n%5)
}

func stateText(n int) string { return fmt.Sprintf("State %d.", n) }

// newLedger begins with the answer to a creation.
func newLedger(a *fixture.Answer) *ledger {
	path := a.Header.Get("Location")
	f := &ledger{id: path[strings.LastIndex(path, "/")+1:], path: path}
	f.acknowledge(a)
	return f
}

// acknowledge enters the next state, from the answer to its write or to a GET that
// shows it.
func (f *ledger) acknowledge(a *fixture.Answer) {
	version, _ := strconv.ParseInt(a.Header.Get("Catalogue-Version"), 10, 64) // 0 for a GET
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states = append(f.states, filmState{version, time.Now()})
	f.tag, f.unsure = a.Header.Get("Etag"), false
}

// acknowledged is the last state, and its version.
func (f *ledger) acknowledged() (n int, version int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n = len(f.states) - 1
	return n, f.states[n].version
}

// newest is the last state that may be shown: the one that is being written.
func (f *ledger) newest() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.states)
}

// owed is the oldest state that an answer may show to somebody who asked then.
func (f *ledger) owed(asked time.Time, s *shownFilms) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	for n := len(f.states) - 1; n > 0; n-- {
		at := f.states[n]
		switch {
		case s.indexed && at.version > 0 && at.version <= s.index,
			!s.indexed && !s.marked && at.at.Add(freshWithin).Before(asked):
			return n
		}
	}
	return 0
}

// shownFilms are the states of the films in an answer.
type shownFilms struct {
	states  map[string]int
	marked  bool // it says that it may be old
	indexed bool // the index answered, at that version or a later one
	index   int64
}

// numbered finds the number of a state in its text.
var numbered = regexp.MustCompile(`^State (\d+)\.$`)

// filmsOf reads an answer.
func filmsOf(a *fixture.Answer) (*shownFilms, error) {
	type film struct{ ID, Description string }
	var body struct {
		Meta struct {
			Index *int64 `json:"index_version"`
		}
		Movie  *film
		Movies []film
	}
	s := &shownFilms{states: map[string]int{}}
	if err := json.Unmarshal(a.Body, &body); err != nil {
		return s, err
	}
	if body.Movie != nil {
		body.Movies = append(body.Movies, *body.Movie)
	}
	if body.Meta.Index != nil {
		s.indexed, s.index = true, *body.Meta.Index
	}
	switch fixture.SourceOf(a) {
	case "UNCHECKED", "ORIGIN-ERROR":
		s.marked = true
	}
	for _, m := range body.Movies {
		if found := numbered.FindStringSubmatch(m.Description); found != nil {
			s.states[m.ID], _ = strconv.Atoi(found[1])
		}
	}
	return s, nil
}

// transient reports whether an answer tells nothing about what became of a write.
func transient(a *fixture.Answer, err error) bool {
	return err != nil || a.Status == http.StatusServiceUnavailable || a.Status == http.StatusBadGateway || a.Status == http.StatusGatewayTimeout
}

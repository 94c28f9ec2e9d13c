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

// freshWithin is the time after its acknowledgement in which a reply may not show a
// write. A process that has not read the change log for that long marks its replies.
// See docs/caching.md.
const freshWithin = time.Second

// ledger has the acknowledged states of a film. One editor writes, all clients read.
type ledger struct {
	id, path string

	mu        sync.Mutex
	states    []filmState
	tag       string // entity tag of the last state
	uncertain bool   // whether the reply to a write of the next state was lost
}

// filmState is an acknowledged state. Its index is its number.
type filmState struct {
	version int64 // 0 if it was only seen in a GET
	at      time.Time
}

// stateFields returns the fields of a film in a state.
func stateFields(n int) string {
	return fmt.Sprintf(`"description":%q,"release_year":%d`, stateText(n), 1950+n%5)
}

func stateText(n int) string { return fmt.Sprintf("State %d.", n) }

// newLedger returns a ledger that begins with the reply to a creation.
func newLedger(a *fixture.Answer) *ledger {
	path := a.Header.Get("Location")
	f := &ledger{id: path[strings.LastIndex(path, "/")+1:], path: path}
	f.acknowledge(a)
	return f
}

// acknowledge adds the next state, from the reply to its write or to a GET that shows
// it.
func (f *ledger) acknowledge(a *fixture.Answer) {
	version, _ := strconv.ParseInt(a.Header.Get("Catalogue-Version"), 10, 64) // 0 for a GET
	f.mu.Lock()
	defer f.mu.Unlock()
	f.states = append(f.states, filmState{version, time.Now()})
	f.tag, f.uncertain = a.Header.Get("Etag"), false
}

// acknowledged returns the last state and its version.
func (f *ledger) acknowledged() (n int, version int64) {
	f.mu.Lock()
	defer f.mu.Unlock()
	n = len(f.states) - 1
	return n, f.states[n].version
}

// newestAllowed returns the newest state that a reply may show: the one whose write is
// not acknowledged yet.
func (f *ledger) newestAllowed() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.states)
}

// oldestAllowed returns the oldest state that the reply to a request of that time may
// show.
func (f *ledger) oldestAllowed(asked time.Time, s *shownFilms) int {
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

// shownFilms has the states of the films in a reply.
type shownFilms struct {
	states  map[string]int
	marked  bool  // whether the reply says that it may be stale
	indexed bool  // whether the index answered
	index   int64 // lowest possible version of the index
}

// numbered matches the text of a state.
var numbered = regexp.MustCompile(`^State (\d+)\.$`)

// filmsOf returns the films in a reply.
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

// transient reports whether a reply leaves open whether the write was made.
func transient(a *fixture.Answer, err error) bool {
	return err != nil || a.Status == http.StatusServiceUnavailable || a.Status == http.StatusBadGateway || a.Status == http.StatusGatewayTimeout
}

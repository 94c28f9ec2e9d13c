package fault_test

import (
	"fmt"
	"net/http"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
	"marquee/search/text"
	"marquee/storage/postgres"
)

// The crowd detects wrong replies. The film is in state 2. Its states have the versions
// 10, 20 and 30, and were acknowledged 9, 6 and 3 seconds ago.
func TestCrowdDetectsStaleReplies(t *testing.T) {
	t.Parallel()
	now := time.Now()
	for _, c := range []struct {
		name    string
		shown   int
		index   string // of meta
		status  string
		asked   time.Duration // ago
		atLeast int
		stale   bool
		wrong   bool
	}{
		{name: "the last state", shown: 2},
		{name: "the state that is being written", shown: 3},
		{name: "a state that was not written", shown: 4, wrong: true},
		{name: "an old state", shown: 1, stale: true},
		{name: "the newest state at the time of the request", shown: 1, asked: 3500 * time.Millisecond},
		{name: "the newest state within the promise", shown: 1, asked: 2500 * time.Millisecond},
		{name: "older than that", shown: 0, asked: 2500 * time.Millisecond, stale: true},
		{name: "an old state, marked", shown: 0, status: "Marquee; hit; ttl=5; detail=UNCHECKED"},
		{name: "an old state, in place of an error", shown: 0, status: "Marquee; fwd=stale; ttl=-1; detail=ORIGIN-ERROR"},
		{name: "the state of the index", shown: 1, index: `"index_version":29`},
		{name: "an older state than that of the index", shown: 1, index: `"index_version":30`, stale: true},
		{name: "an older state than that of the index, marked", shown: 1, index: `"index_version":30`, status: "Marquee; hit; detail=UNCHECKED", stale: true},
		{name: "the required state", shown: 2, atLeast: 2, asked: 5 * time.Second},
		{name: "less than the required state", shown: 1, atLeast: 2, asked: 5 * time.Second, stale: true},
	} {
		f := &ledger{id: "7"}
		for n := range 3 {
			f.states = append(f.states, filmState{version: int64(10 * (n + 1)), at: now.Add(time.Duration(3*n-9) * time.Second)})
		}
		w := &crowd{byID: map[string]*ledger{"7": f}}
		w.check(c.name, now.Add(-c.asked), c.atLeast, &fixture.Answer{
			Status: http.StatusOK, Header: http.Header{"Cache-Status": {c.status}},
			Body: fmt.Appendf(nil, `{"meta":{%s},"movies":[{"id":"7","description":%q}]}`, c.index, stateText(c.shown)),
		})
		if stale := w.stale > 0; stale != c.stale || (len(w.wrong) > 0) != (c.stale || c.wrong) {
			t.Errorf("%s: got stale %t, wrong %q; want stale %t, wrong %t", c.name, stale, w.wrong, c.stale, c.stale || c.wrong)
		}
	}
}

// The crowd detects acknowledged writes that the store does not have.
func TestCrowdDetectsLosses(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	created := s.Post(t, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Kestrel 0",%s}}`, stateFields(0)))
	updated := s.Do(t, http.MethodPut, created.Header.Get("Location"), fmt.Sprintf(`{"movie":{%s}}`, stateFields(1)), http.StatusOK)
	store, err := postgres.Open(t.Context(), e["MARQUEE_DATABASE_URL"], postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	for _, c := range []struct {
		name   string
		change func(w *crowd, f *ledger)
		lost   int
	}{
		{"no loss", func(*crowd, *ledger) {}, 0},
		{"a write without a reply that was made", func(_ *crowd, f *ledger) { f.states, f.uncertain = f.states[:1], true }, 0},
		{"a write that is not the last", func(_ *crowd, f *ledger) { f.states = f.states[:1] }, 1},
		{"a version that the log does not have", func(_ *crowd, f *ledger) { f.states[0].version = 9 }, 1},
		{"a state that was not written", func(_ *crowd, f *ledger) { f.states = append(f.states, filmState{}) }, 1},
		{"a film that does not exist", func(w *crowd, _ *ledger) { w.created["/2.0/movies/9"] = "Osprey" }, 1},
	} {
		f := newLedger(created)
		f.acknowledge(updated)
		w := &crowd{films: []*ledger{f}, created: map[string]string{}}
		c.change(w, f)
		if losses := w.losses(t, store); len(losses) != c.lost {
			t.Errorf("%s: got the losses %q, want %d", c.name, losses, c.lost)
		}
	}
}

package cache

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"marquee/cache/memory"
	"marquee/cache/origin"
	"marquee/cache/plan"
	"marquee/cache/response"
)

// slowAfter and slowAgain are constants of package flight.
const (
	slowAfter = time.Second
	slowAgain = slowAfter / 4
)

// hangs lets the origin hold every request until its deadline, or until repair, which
// also answers the requests that wait.
func (s *process) hangs() (repair func()) {
	repaired := make(chan struct{})
	s.origin.do(func(w http.ResponseWriter, r *http.Request, text string) {
		select {
		case <-repaired:
			s.origin.answer(w, r, text)
		case <-r.Context().Done():
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return func() { close(repaired) }
}

// waits fails the test unless an answer takes exactly that long.
func (s *process) waits(t *testing.T, want time.Duration, target, body, status string) {
	t.Helper()
	start := time.Now()
	s.expect(t, target, body, status)
	if waited := time.Since(start); waited != want {
		t.Errorf("%s: waited %s, want %s", target, waited, want)
	}
}

// While a read takes long, an untouched entry is served after its time. The first client
// waits a second, the next ones do not.
func TestSlowReadOfAnUntouchedEntry(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		time.Sleep(usual.Fresh + 2*usual.WhileRevalidate)
		repair := s.hangs()
		s.waits(t, slowAfter, "/film", "one", "hit; ttl=-")
		s.waits(t, 0, "/film", "one", "hit; ttl=-")
		s.put("film", "two") // the writer must not get "one"
		two := s.start("/film")
		synctest.Wait()
		repair()
		if got := two(); got != "two" {
			t.Errorf("after the write's answer: got %q, want %q", got, "two")
		}
	})
}

// While the log can be read, a touched entry is never served, however long the origin
// takes: the writer would get the state before its write.
func TestSlowReadOfATouchedEntry(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.put("film", "two")
		const took = 4*slowAfter + slowAgain/2 // between two looks for another answer
		time.AfterFunc(took, s.hangs())
		s.waits(t, took, "/film", "two", "fwd=stale; stored")
	})
}

// touched stores films and then changes them, so that each entry is touched.
func (s *process) touched(films int) {
	for n := range films {
		key := fmt.Sprintf("film%d", n)
		s.put(key, "one")
		s.get("/" + key)
		s.put(key, "two")
	}
}

// When the source is down, one client waits a second, and no other waits at all. One read
// a second probes the source. After it has recovered, it answers all requests.
func TestSourceThatIsDown(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		const films = 50
		s.touched(films)
		repair := s.hangs()
		s.tail.lose(true)
		s.waits(t, slowAfter, "/film0", "one", "fwd=stale; ttl=-1; detail=ORIGIN-ERROR")
		before := s.origin.count()
		const seconds = 5
		for range seconds {
			for n := range films {
				s.waits(t, 0, fmt.Sprintf("/film%d", n), "one", "hit; ttl=-1; detail=ORIGIN-ERROR")
			}
			time.Sleep(memory.RetryAfter)
		}
		if asked := s.origin.count() - before; asked < seconds-1 || asked > seconds {
			t.Errorf("got %d reads in %d s, want one a second", asked, seconds)
		}
		repair()
		s.tail.lose(false)
		synctest.Wait()
		time.Sleep(memory.RetryAfter)
		for n := range films {
			if got := s.get(fmt.Sprintf("/film%d", n)).Body; got != "two" {
				t.Errorf("film %d after the recovery: got %q, want %q", n, got, "two")
			}
		}
	})
}

// A log that cannot be read does not mean that the source is down: touched entries are
// read as usual. A read that succeeds clears a failure.
func TestUnreadLogIsNoFailure(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.touched(2)
		s.tail.lose(true)
		s.expect(t, "/film0", "two", "fwd=stale; stored")
		s.health[plan.Committed].failed()
		s.put("new", "one")
		s.expect(t, "/new", "one", "fwd=uri-miss; stored")
		s.expect(t, "/film1", "two", "fwd=stale; stored")
	})
}

// A failure of one source does not count for the other.
func TestSourcesFailIndependently(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.touched(1)
		s.tail.lose(true)
		s.health[plan.Indexed].failed()
		s.expect(t, "/film0", "two", "fwd=stale; stored")
	})
}

// The failure of one query, or a lack of slots, does not mean that the source is down.
func TestLateOutcomes(t *testing.T) {
	t.Parallel()
	of := func(status int) *response.Response { return response.New(status, http.Header{}, nil) }
	for _, c := range []struct {
		outcome outcome
		want    bool
	}{
		{outcome{response: of(http.StatusServiceUnavailable)}, true},
		{outcome{response: of(http.StatusGatewayTimeout)}, true},
		{outcome{err: fmt.Errorf("read: %w", context.DeadlineExceeded)}, true},
		{outcome{response: of(http.StatusInternalServerError)}, false},
		{outcome{response: of(http.StatusNotFound)}, false},
		{outcome{err: origin.ErrOverloaded}, false},
		{outcome{err: origin.ErrAborted}, false},
		{outcome{err: origin.ErrTooLarge}, false},
	} {
		if got := c.outcome.late(); got != c.want {
			t.Errorf("%+v: got %v, want %v", c.outcome, got, c.want)
		}
	}
}

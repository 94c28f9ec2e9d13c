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

// slowAfter and slowAgain are those of package flight.
const (
	slowAfter = time.Second
	slowAgain = slowAfter / 4
)

// hangs lets the origin keep every request until its deadline, or until it is
// mended, when those that wait are answered too.
func (s *process) hangs() (mend func()) {
	mended := make(chan struct{})
	s.origin.do(func(w http.ResponseWriter, r *http.Request, text string) {
		select {
		case <-mended:
			s.origin.answer(w, r, text)
		case <-r.Context().Done():
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	return func() { close(mended) }
}

// waits fails the test unless an answer takes so long.
func (s *process) waits(t *testing.T, want time.Duration, target, body, status string) {
	t.Helper()
	start := time.Now()
	s.expect(t, target, body, status)
	if waited := time.Since(start); waited != want {
		t.Errorf("%s: waited %s, want %s", target, waited, want)
	}
}

// While a read takes long, what only its time has run out for is served: the
// first client waits a second, the next ones do not.
func TestSlowReadOfWhatIsUntouched(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		time.Sleep(usual.Fresh + 2*usual.WhileRevalidate)
		mend := s.hangs()
		s.waits(t, slowAfter, "/film", "one", "hit; ttl=-")
		s.waits(t, 0, "/film", "one", "hit; ttl=-")
		s.put("film", "two") // somebody wrote it, so they must not see "one"
		two := s.in("/film")
		synctest.Wait()
		mend()
		if got := two(); got != "two" {
			t.Errorf("after the write's answer: %q", got)
		}
	})
}

// A touched answer is no answer as long as the log can be read, however long the
// origin takes: whoever has written would see what was before.
func TestSlowReadOfWhatWasTouched(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.put("film", "two")
		const took = 4*slowAfter + slowAgain/2 // between two looks
		time.AfterFunc(took, s.hangs())
		s.waits(t, took, "/film", "two", "fwd=stale; stored")
	})
}

// touched reads films that are written after that: each answer that is kept was
// touched.
func (s *process) touched(films int) {
	for n := range films {
		key := fmt.Sprintf("film%d", n)
		s.put(key, "one")
		s.get("/" + key)
		s.put(key, "two")
	}
}

// When the store is gone, one client waits a second, and nobody else at all. It
// is asked once a second whether it answers again; then everybody is answered by it.
func TestStoreThatIsGone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		const films = 50
		s.touched(films)
		mend := s.hangs()
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
			t.Errorf("%d reads in %d s", asked, seconds)
		}
		mend()
		s.tail.lose(false)
		synctest.Wait()
		time.Sleep(memory.RetryAfter)
		for n := range films {
			if got := s.get(fmt.Sprintf("/film%d", n)).Body; got != "two" {
				t.Errorf("film %d after the recovery: %q", n, got)
			}
		}
	})
}

// The log alone says nothing of the store: what is touched is read as ever, and a
// read that succeeds clears what others have said.
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

// What one store fails at says nothing of the other.
func TestStoresFailByThemselves(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.touched(1)
		s.tail.lose(true)
		s.health[plan.Indexed].failed()
		s.expect(t, "/film0", "two", "fwd=stale; stored")
	})
}

// A fault of one query, or a crowd, does not make the store look gone.
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
			t.Errorf("%+v: %v, want %v", c.outcome, got, c.want)
		}
	}
}

package cache

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"marquee/cache/plan"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// prepare prepares an answer that must then be stored.
func (s *process) prepare(t *testing.T, target string, instant time.Time) {
	t.Helper()
	if err := s.Prepare(t.Context(), target, instant); err != nil {
		t.Error(err)
	}
	if got := s.Look(target, instant); !got.Servable {
		t.Errorf("%s at %s: got %+v, want a hit", target, instant, got)
	}
}

// A prepared answer takes over at its instant: the first request from then on is a hit,
// also while the origin fails.
func TestPreparedAnswerTakesOver(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.origin.lifetimes.Fresh = time.Hour
		s.put("film", turning("one", turn, "two"))
		s.put("new", turning("", turn, "new"))
		s.prepare(t, "/new", turn)
		s.get("/film")
		s.prepare(t, "/film", turn)
		s.prepare(t, "/film?spelling=2", turn) // it is there
		s.put("other", "x")
		s.origin.fails(http.StatusInternalServerError)
		s.expectReads(t, 3)
		time.Sleep(time.Minute - time.Nanosecond)
		s.expect(t, "/film", "one", "hit; ttl=0")
		time.Sleep(time.Nanosecond)
		s.expect(t, "/film", "two", "hit; ttl=")
		s.expect(t, "/new", "new", "hit; ttl=", "Min-Version", "3")
		s.expect(t, "/new", "new", "hit; ttl=")
		s.expectReads(t, 3)
	})
}

// A prepared answer also replaces that of a read which began before the turn, whether that
// turns or fails.
func TestPreparedAnswerReplacesAnEarlierRead(t *testing.T) {
	t.Parallel()
	for status, end := range map[string]func(w http.ResponseWriter){
		"hit; ttl=":             func(w http.ResponseWriter) { fmt.Fprint(w, "one") },
		"fwd=uri-miss; ttl=-1;": func(http.ResponseWriter) { panic(http.ErrAbortHandler) },
	} {
		inBubble(t, func(t *testing.T, s *process) {
			s.put("film", turning("one", turn, "two"))
			s.prepare(t, "/film", turn)
			time.Sleep(time.Minute - time.Millisecond)
			s.origin.do(func(w http.ResponseWriter, _ *http.Request, _ string) {
				time.Sleep(2 * time.Millisecond)
				end(w)
			})
			s.expect(t, "/film", "two", status)
		})
	}
}

// The lifetimes of a prepared answer begin at its instant.
func TestLifetimesOfPreparedAnswers(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		later := turn.Add(24 * time.Hour)
		s.put("film", turning("one", later, "two"))
		s.prepare(t, "/film", later)
		time.Sleep(time.Until(later.Add(50 * time.Second)))
		s.expect(t, "/film", "two", "hit; ttl=")
		s.tail.lose(true)
		if r := s.get("/film"); r.Header.Get("Age") != "50" {
			t.Errorf("got age %s, want 50", r.Header.Get("Age"))
		}
	})
}

// A write may touch a prepared answer, and move its turn. Preparing it again replaces it.
func TestWritesTouchPreparedAnswers(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", turning("one", turn, "two"))
		s.get("/film")
		s.prepare(t, "/film", turn)
		earlier := turn.Add(-30 * time.Second)
		s.put("film", turning("one", earlier, "three"))
		if got := s.Look("/film", turn); got.Servable || got.Status != http.StatusOK {
			t.Errorf("a touched answer: got %+v", got)
		}
		s.prepare(t, "/film", earlier)
		time.Sleep(time.Until(earlier))
		s.expect(t, "/film", "three", "hit; ttl=")
		s.expectReads(t, 3)
		s.put("film", "four")
		s.expect(t, "/film", "four", "fwd=stale; stored; detail=TOUCHED")
		s.put("film", "five")
		s.prepare(t, "/film", time.Now()) // an instant that is not ahead means now
		s.expect(t, "/film", "five", "hit; ttl=")
	})
}

// An answer that a request reads after the turn is newer than the prepared one.
func TestPreparedAnswerDoesNotReplaceANewerOne(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", turning("one", turn, "two"))
		s.prepare(t, "/film", turn)
		s.put("film", turning("one", turn, "three"))
		time.Sleep(time.Until(turn))
		s.expect(t, "/film", "three", "fwd=stale; stored; detail=TOUCHED")
		s.put("film", turning("one", turn, "four"))
		s.origin.fails(http.StatusInternalServerError)
		s.expect(t, "/film", "three", "fwd=stale; fwd-status=500")
	})
}

// An answer whose turn does not happen any more does not replace the one that was read since,
// also when other answers turn.
func TestPreparedAnswerOfATurnThatIsGone(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.origin.lifetimes.Fresh = time.Hour
		s.put("film", turning("one", turn, "two"))
		s.prepare(t, "/film", turn)
		time.Sleep(time.Second)
		s.put("film", "three")
		s.get("/film")
		time.Sleep(time.Until(turn))
		s.put("other", turning("one", turn.Add(time.Hour), "two"))
		s.prepare(t, "/other", turn.Add(time.Hour))
		s.expect(t, "/film", "three", "hit; ttl=")
	})
}

func TestLook(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.origin.lifetimes.Fresh = time.Hour
		look := func(instant time.Time) plan.Stored {
			found := s.Look("/film?spelling=2", instant)
			if found.Status != 0 && found.Weight < found.Bytes {
				t.Errorf("got %+v, want a weight of more than the body", found)
			}
			found.Weight = 0
			return found
		}
		expect := func(instant time.Time, want plan.Stored) {
			t.Helper()
			if got := look(instant); got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		}
		expect(time.Time{}, plan.Stored{})
		s.put("film", turning("", turn, "two"))
		s.get("/film")
		missing := look(time.Time{})
		if missing.Bytes == 0 || missing.Status != http.StatusNotFound || !missing.Servable {
			t.Errorf("got %+v, want a 404", missing)
		}
		expect(turn, plan.Stored{})
		s.prepare(t, "/film", turn)
		expect(time.Now().Add(-time.Hour), missing)
		expect(turn.Add(-1), missing)
		expect(turn, plan.Stored{Servable: true, Status: http.StatusOK, Bytes: 3})
		s.put("film", turning("", turn, "four"))
		expect(turn, plan.Stored{Status: http.StatusOK, Bytes: 3})
		s.origin.do(func(w http.ResponseWriter, _ *http.Request, text string) {
			w.Header().Set("Link", `</>; rel="first", </film?offset=10>; rel="next"`)
			fmt.Fprint(w, text)
		})
		s.prepare(t, "/film", turn)
		time.Sleep(time.Until(turn))
		expect(time.Time{}, plan.Stored{Servable: true, Status: http.StatusOK, Bytes: 4, Next: true})
	})
}

func TestPrepareReportsWhatItCannotStore(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		for _, target := range []string{"/probe", "/log", "no target", ""} {
			if err := s.Prepare(t.Context(), target, turn); !errors.Is(err, errNotStored) {
				t.Errorf("%q: got error %v, want %v", target, err, errNotStored)
			}
			if got := s.Look(target, turn); got != (plan.Stored{}) {
				t.Errorf("%q: got %+v, want nothing", target, got)
			}
		}
		s.origin.fails(http.StatusBadGateway)
		if err := s.Prepare(t.Context(), "/film", turn); !errors.Is(err, errNotStored) {
			t.Errorf("got error %v, want %v", err, errNotStored)
		}
	})
}

// One process reads the origin. The others take the answer from the shared level, also one
// that starts after the turn.
func TestProcessesSharePreparedAnswers(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	now := time.Now().Truncate(time.Second)
	soon := now.Add(time.Minute)
	open := func() *process {
		s := newSharingProcess(t, c, address, prefix)
		s.now = func() time.Time { return now.Add(time.Duration(s.skipped.Load())) }
		return s
	}
	one, two, late := open(), open(), open()
	two.tail.follow(one.put("film", turning("one", soon, "two")))
	one.get("/film")
	one.events.await(t, SharedWritten, 1)
	one.prepare(t, "/film", soon)
	one.events.await(t, SharedWritten, 2)
	two.prepare(t, "/film", soon)
	for _, kind := range []string{"response", "prepared"} {
		life, err := one.shared.Client().PTTL(t.Context(), one.keyOf(t, prefix, kind)).Result()
		if most := map[string]time.Duration{"response": time.Minute, "prepared": 2 * time.Hour}[kind]; err != nil || life <= 0 || life > most {
			t.Errorf("%s: expires in %s, error %v, want at most %s", kind, life, err, most)
		}
	}
	two.expect(t, "/film", "one", "hit; ttl=")
	for _, s := range []*process{one, two, late} {
		s.tail.follow(c.version())
		s.skipped.Store(int64(time.Minute))
		s.expect(t, "/film", "two", "hit; ttl=")
	}
	if one.origin.count() != 2 || two.origin.count() != 0 || late.origin.count() != 0 {
		t.Errorf("got %d, %d and %d reads, want 2, 0 and 0", one.origin.count(), two.origin.count(), late.origin.count())
	}
}

// keyOf returns the key of the only entry of a kind.
func (s *process) keyOf(t *testing.T, prefix, kind string) string {
	t.Helper()
	found, err := s.shared.Client().Keys(t.Context(), prefix+kind+":*").Result()
	if err != nil || len(found) != 1 {
		t.Fatalf("%s: got keys %q, error %v, want one", kind, found, err)
	}
	return found[0]
}

// When all processes prepare an answer at once, one of them reads it.
func TestPreparingTogether(t *testing.T) {
	t.Parallel()
	await.Within(t, leaseLife, func() error {
		c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
		one, two := newSharingProcess(t, c, address, prefix), newSharingProcess(t, c, address, prefix)
		soon := time.Now().Add(time.Hour)
		two.tail.follow(one.put("film", turning("one", soon, "two")))
		failed := make(chan error, 4)
		for n := range cap(failed) {
			go func() { failed <- []*process{one, two}[n%2].Prepare(t.Context(), "/film", soon) }()
		}
		for range cap(failed) {
			if err := <-failed; err != nil {
				t.Error(err)
			}
		}
		if got := one.origin.count() + two.origin.count(); got != 1 {
			return fmt.Errorf("got %d reads, want 1", got)
		}
		return nil
	})
}

// Only a prepared answer is read at another instant than now, and no client can ask for it.
func TestInstantIsForPreparing(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.prepare(t, "/film", time.Now())
		s.prepare(t, "/film", turn.Add(time.Hour))
		synctest.Wait()
		for n, r := range s.origin.seen {
			if at, ok := plan.Instant(r.Context()); ok != (n == 1) {
				t.Errorf("read %d: got instant %v, %v", n, at, ok)
			}
		}
	})
}

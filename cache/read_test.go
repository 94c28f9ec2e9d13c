package cache

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"marquee/cache/memory"
	"marquee/cache/origin"
)

// expect asks for a target and compares the answer's body and the beginning of
// what Cache-Status says behind the cache's name.
func (s *process) expect(t *testing.T, target, body, status string, header ...string) {
	t.Helper()
	r := s.get(target, header...)
	if r.Body != body {
		t.Errorf("%s %q: body %.40q, want %.40q", target, header, r.Body, body)
	}
	said := strings.TrimPrefix(r.Header.Get("Cache-Status"), "Marquee; ")
	if !strings.HasPrefix(said, status) {
		t.Errorf("%s %q: the cache says %q, want %q", target, header, said, status)
	}
}

// inBubble runs a test with a process of its own, where time moves only when
// everybody waits, and where no goroutine may be left.
func inBubble(t *testing.T, test func(t *testing.T, s *process)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newProcess(t, newCatalogue(), nil)) })
}

func TestWritesShowAtOnceAndOnlyWhereTheyTouch(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.put("other", "far")
		s.expect(t, "/film", "one", "fwd=uri-miss; stored")
		s.expect(t, "/other", "far", "fwd=uri-miss; stored")
		s.put("film", "two")
		s.expect(t, "/film", "two", "fwd=stale; stored; detail=TOUCHED")
		s.expect(t, "/film", "two", "hit; ttl=")
		s.expect(t, "/other", "far", "hit; ttl=")
		if got := s.origin.count(); got != 3 {
			t.Errorf("%d reads, want 3", got)
		}
	})
}

// Untouched, the next hits cost one comparison.
func TestCheckedOnceForEachStamp(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.put("other", "x")
		for range 5 {
			s.expect(t, "/film", "one", "hit")
		}
		if s.tail.checks != 1 {
			t.Errorf("%d checks, want 1", s.tail.checks)
		}
		if got := s.memory.Get("/film").AsOf(); got != 2 {
			t.Errorf("as of %d, want 2", got)
		}
	})
}

// What lies below the log's floor is not known to be untouched.
func TestBelowTheFloorIsAMiss(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.tail.floor = s.put("other", "x")
		s.expect(t, "/film", "one", "fwd=stale; stored; detail=TOUCHED")
		s.expect(t, "/film", "one", "hit")
	})
}

// A log that is a moment behind knows nothing, and everything is as it was when
// it has caught up. It is asked once for each state.
func TestNotKnownIsNotFinal(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.tail.blindfold(true)
		s.origin.fails(http.StatusInternalServerError)
		for range 3 {
			s.get("/film")
		}
		if s.tail.checks != 1 {
			t.Errorf("%d checks, want 1", s.tail.checks)
		}
		s.tail.blindfold(false)
		s.expect(t, "/film", "one", "hit; ttl=")
	})
}

func TestMissingIsStoredAndAppearsWhenCreated(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.get("/film")
		if r := s.get("/film"); r.StatusCode != http.StatusNotFound || !strings.Contains(r.Header.Get("Cache-Status"), "hit") {
			t.Errorf("status %d, the cache says %q", r.StatusCode, r.Header.Get("Cache-Status"))
		}
		s.put("film", "one")
		s.expect(t, "/film", "one", "fwd=stale")
	})
}

func TestSpellingsShareAnEntry(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.expect(t, "/film?utm_source=a", "one", "fwd=uri-miss")
		s.expect(t, "/film?spelling=2", "one", "hit")
		if got := s.origin.seen[0]; got.RequestURI != "/film" || got.URL.RawQuery != "" {
			t.Errorf("the origin was asked for %s", got.RequestURI)
		}
	})
}

// The origin gets nothing of the client who happens to come first.
func TestSharedRequestsCarryNothingOfTheClient(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.send(http.MethodHead, "/film", "Cookie", "a=b", "If-None-Match", "*", "Range", "bytes=0-1", "Accept-Language", "de", "X-Request-Id", "mine")
		got := s.origin.seen[0]
		if got.Method != http.MethodGet || len(got.Header) != 1 || got.Header.Get("X-Request-Id") != "mine" {
			t.Errorf("the origin got %s %v", got.Method, got.Header)
		}
	})
}

// Age counts from the last validation, which a hit is, and from the read for what
// was not validated, or is over its time.
func TestAge(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		age := func(want string, header ...string) {
			t.Helper()
			if r := s.get("/film", header...); r.Header.Get("Age") != want {
				t.Errorf("age %q, want %q (%s)", r.Header.Get("Age"), want, r.Header.Get("Cache-Status"))
			}
		}
		s.put("film", "one")
		age("")
		time.Sleep(50 * time.Second)
		age("0")
		age("0", "Min-Version", "1")
		s.tail.lose(true)
		age("50")
		s.tail.lose(false)
		time.Sleep(20 * time.Second)
		s.origin.fails(http.StatusInternalServerError)
		age("70") // over its time
		synctest.Wait()
		age("70") // and the origin has failed
		s.put("film", "two")
		age("70")
		s.origin.do(nil)
		age("")
		age("0")
	})
}

func TestLifetimes(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		time.Sleep(50 * time.Second) // fresh ends between 54 s and 66 s
		s.expect(t, "/film", "one", "hit; ttl=")
		time.Sleep(20 * time.Second) // over that between 81 s and 99 s
		s.expect(t, "/film", "one", "hit; ttl=-")
		synctest.Wait()
		if got := s.origin.count(); got != 2 {
			t.Errorf("%d reads: not refreshed behind", got)
		}
		if r := s.get("/film"); r.Header.Get("Age") != "0" {
			t.Errorf("age %s after the refresh", r.Header.Get("Age"))
		}
		time.Sleep(100 * time.Second)
		s.expect(t, "/film", "one", "fwd=stale; stored")
		if got := s.events.count(Expired); got != 1 {
			t.Errorf("%d expired", got)
		}
	})
}

// Only one request a second asks behind while the origin is slow or fails.
func TestRefreshIsMadeOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		time.Sleep(70 * time.Second)
		s.origin.fails(http.StatusBadGateway)
		for range 10 {
			s.expect(t, "/film", "one", "hit; ttl=-")
			synctest.Wait()
		}
		if got := s.origin.count(); got != 2 {
			t.Errorf("%d reads, want 2", got)
		}
	})
}

func TestLastGoodAnswerStandsIn(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.put("film", "two") // touched: only the origin knows
		s.origin.fails(http.StatusInternalServerError)
		s.expect(t, "/film", "one", "fwd=stale; fwd-status=500; ttl=-1; detail=ORIGIN-ERROR")
		s.tail.lose(true)
		s.expect(t, "/film", "one", "hit; ttl=-1; detail=ORIGIN-ERROR")

		synctest.Wait()
		s.origin.do(nil) // it recovers, and is noticed within a second
		time.Sleep(memory.RetryAfter)
		s.expect(t, "/film", "one", "hit; ttl=-1; detail=ORIGIN-ERROR")
		synctest.Wait()
		s.tail.lose(false)
		s.expect(t, "/film", "two", "hit; ttl=")

		s.put("film", "three")
		s.origin.fails(http.StatusServiceUnavailable)
		time.Sleep(2 * time.Hour) // longer than everything
		if r := s.get("/film"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("status %d after all lifetimes", r.StatusCode)
		}
	})
}

// One read that failed keeps nobody from a write that came after it, or before:
// while the log can be read, what was touched is tried again each time.
func TestNothingFromBeforeAWriteAfterOneFailure(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		time.Sleep(70 * time.Second)
		s.origin.fails(http.StatusInternalServerError)
		s.expect(t, "/film", "one", "hit; ttl=-")
		synctest.Wait()
		s.expect(t, "/film", "one", "hit; ttl=-") // nothing has touched it: nobody waits
		if got := s.events.count(Failed); got != 1 {
			t.Errorf("%d stood in", got)
		}
		s.put("film", "two")
		s.expect(t, "/film", "one", "fwd=stale; fwd-status=500; ttl=-")
		s.origin.do(nil)
		s.expect(t, "/film", "two", "fwd=stale; stored; detail=TOUCHED")
	})
}

// A failure of long ago does not make anybody believe that the origin fails
// still.
func TestFailuresAreForgotten(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.put("film", "two")
		s.origin.fails(http.StatusInternalServerError)
		s.get("/film")
		s.origin.do(nil)
		time.Sleep(2 * memory.RetryAfter)
		s.expect(t, "/film", "two", "fwd=stale; stored; detail=TOUCHED")
	})
}

// While one attempt hangs, and the log cannot be read, nobody else waits for the
// origin.
func TestHangingOriginHoldsUpOneRequestOnly(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.put("film", "two")
		s.origin.do(func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() })
		start := time.Now()
		s.expect(t, "/film", "one", "fwd=stale; ttl=-1; detail=ORIGIN-ERROR")
		if waited := time.Since(start); waited != origin.Timeout {
			t.Errorf("waited %s", waited)
		}
		s.tail.lose(true)
		for range 100 {
			start = time.Now()
			s.expect(t, "/film", "one", "hit; ttl=-1; detail=ORIGIN-ERROR")
			if waited := time.Since(start); waited != 0 {
				t.Fatalf("waited %s", waited)
			}
			time.Sleep(300 * time.Millisecond)
		}
		s.tail.lose(false)
		s.origin.do(nil)
		time.Sleep(origin.Timeout + memory.RetryAfter)
		s.get("/film")
		synctest.Wait()
		s.expect(t, "/film", "two", "hit")
	})
}

func TestUncheckedIsSaid(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.tail.lose(true)
		s.expect(t, "/film", "one", "hit; ttl=")
		if got := s.get("/film").Header.Get("Cache-Status"); !strings.HasSuffix(got, "; detail=UNCHECKED") {
			t.Errorf("the cache says %q", got)
		}
		s.origin.fails(http.StatusServiceUnavailable)
		time.Sleep(30 * time.Minute)
		s.expect(t, "/film", "one", "fwd=stale; fwd-status=503; ttl=-17")
		s.tail.lose(false)
		s.origin.do(nil)
		time.Sleep(3 * memory.RetryAfter)
		s.expect(t, "/film", "one", "fwd=stale; stored")
		s.expect(t, "/film", "one", "hit; ttl=")
	})
}

// Who joins a read that began before may get what was true only then.
func TestUncheckedIsSaidToWhoJoins(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		read, release := s.slowly("film")
		said := make(chan string, 2)
		ask := func() { said <- s.get("/film").Header.Get("Cache-Status") }
		go ask()
		<-read
		s.tail.lose(true)
		go ask()
		synctest.Wait()
		release()
		marked := 0
		for range 2 {
			if got := <-said; strings.HasSuffix(got, "; collapsed; detail=UNCHECKED") {
				marked++
			} else if got != "Marquee; fwd=uri-miss; stored" {
				t.Errorf("the cache says %q", got)
			}
		}
		if marked != 1 {
			t.Errorf("%d answers are marked", marked)
		}
	})
}

func TestMinVersion(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one") // version 1
		s.get("/film")
		s.expect(t, "/film", "one", "hit", "Min-Version", "1")
		s.expect(t, "/film", "one", "hit", "Min-Version", "0")
		// Another process writes: this one's log does not know yet.
		if version := s.catalogue.write("film", "two"); version != 2 {
			t.Fatal(version)
		}
		s.expect(t, "/film", "one", "hit")
		s.expect(t, "/film", "two", "fwd=request; stored; detail=MIN-VERSION", "Min-Version", "2")
		s.expect(t, "/film", "two", "hit") // what was read for one serves all
		for _, malformed := range []string{"+1", "01", "1.0", " 1", "", "9999999999999999999"} {
			s.expect(t, "/film", "two", "fwd=request", "Min-Version", malformed)
			if got := s.origin.seen[len(s.origin.seen)-1].Header.Get("Min-Version"); got != malformed {
				t.Errorf("the origin was told %q, not %q", got, malformed)
			}
		}
		s.expect(t, "/film", "two", "fwd=request", "Min-Version", "1", "Min-Version", "2")
	})
}

// A version that is asked for is never answered with something older, not even
// when nothing else is there.
func TestMinVersionIsNeverStale(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.origin.fails(http.StatusServiceUnavailable)
		s.tail.lose(true)
		if r := s.get("/film", "Min-Version", "1"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("unchecked: status %d", r.StatusCode)
		}
		s.tail.lose(false)
		time.Sleep(70 * time.Second)
		if r := s.get("/film", "Min-Version", "1"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("over its time: status %d", r.StatusCode)
		}
	})
}

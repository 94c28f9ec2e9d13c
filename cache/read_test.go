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

// expect asks for a target. It compares the answer's body, and the start of Cache-Status
// after the cache's name.
func (s *process) expect(t *testing.T, target, body, status string, header ...string) {
	t.Helper()
	r := s.get(target, header...)
	if r.Body != body {
		t.Errorf("%s %q: got body %.40q, want %.40q", target, header, r.Body, body)
	}
	got := strings.TrimPrefix(r.Header.Get("Cache-Status"), "Marquee; ")
	if !strings.HasPrefix(got, status) {
		t.Errorf("%s %q: got Cache-Status %q, want %q", target, header, got, status)
	}
}

// inBubble runs a test with its own process in a bubble of synctest: time moves only when
// every goroutine waits, and none may be left at the end.
func inBubble(t *testing.T, test func(t *testing.T, s *process)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, newProcess(t, newCatalogue(), nil)) })
}

func TestWriteChangesOnlyTouchedEntriesAtOnce(t *testing.T) {
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
			t.Errorf("got %d reads, want 3", got)
		}
	})
}

// After a check, the next hits of an untouched entry cost one comparison each.
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
			t.Errorf("got %d checks, want 1", s.tail.checks)
		}
		if got := s.memory.Get("/film").AsOf(); got != 2 {
			t.Errorf("got as-of version %d, want 2", got)
		}
	})
}

// An entry below the tail's floor is not known to be untouched.
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

// A tail that lags for a moment does not know. After it has caught up, the entry is served
// again. The checker is called once for each stamp.
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
			t.Errorf("got %d checks, want 1", s.tail.checks)
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
			t.Errorf("got status %d, Cache-Status %q", r.StatusCode, r.Header.Get("Cache-Status"))
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
			t.Errorf("the origin got %s, want /film", got.RequestURI)
		}
	})
}

// The origin gets nothing of the client that happens to come first.
func TestSharedRequestsCarryNothingOfTheClient(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.send(http.MethodHead, "/film", "Cookie", "a=b", "If-None-Match", "*", "Range", "bytes=0-1", "Accept-Language", "de", "X-Request-Id", "mine")
		got := s.origin.seen[0]
		if got.Method != http.MethodGet || len(got.Header) != 1 || got.Header.Get("X-Request-Id") != "mine" {
			t.Errorf("the origin got %s with header %v", got.Method, got.Header)
		}
	})
}

// Age counts from the last validation, which a checked hit is. For an unchecked or stale
// entry it counts from the read.
func TestAge(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		age := func(want string, header ...string) {
			t.Helper()
			if r := s.get("/film", header...); r.Header.Get("Age") != want {
				t.Errorf("got age %q, want %q (%s)", r.Header.Get("Age"), want, r.Header.Get("Cache-Status"))
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
		age("70") // stale
		synctest.Wait()
		age("70") // stale, and the origin has failed
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
		time.Sleep(20 * time.Second) // stale-while-revalidate ends between 81 s and 99 s
		s.expect(t, "/film", "one", "hit; ttl=-")
		synctest.Wait()
		if got := s.origin.count(); got != 2 {
			t.Errorf("got %d reads, want 2: one in the background", got)
		}
		if r := s.get("/film"); r.Header.Get("Age") != "0" {
			t.Errorf("after the refresh: got age %s, want 0", r.Header.Get("Age"))
		}
		time.Sleep(100 * time.Second)
		s.expect(t, "/film", "one", "fwd=stale; stored")
		if got := s.events.count(Expired); got != 1 {
			t.Errorf("got %d expired entries, want 1", got)
		}
	})
}

// While the origin is slow or fails, an entry is refreshed once a second at most.
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
			t.Errorf("got %d reads, want 2", got)
		}
	})
}

func TestStaleIfError(t *testing.T) {
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
		s.origin.do(nil) // it recovers, which is noticed within a second
		time.Sleep(memory.RetryAfter)
		s.expect(t, "/film", "one", "hit; ttl=-1; detail=ORIGIN-ERROR")
		synctest.Wait()
		s.tail.lose(false)
		s.expect(t, "/film", "two", "hit; ttl=")

		s.put("film", "three")
		s.origin.fails(http.StatusServiceUnavailable)
		time.Sleep(2 * time.Hour) // longer than all lifetimes
		if r := s.get("/film"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("after all lifetimes: got status %d, want 503", r.StatusCode)
		}
	})
}

// After a failed read, clients still get later writes: while the log can be read, each
// request for a touched entry tries the origin again.
func TestTouchedEntryIsReadAgainAfterAFailure(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		time.Sleep(70 * time.Second)
		s.origin.fails(http.StatusInternalServerError)
		s.expect(t, "/film", "one", "hit; ttl=-")
		synctest.Wait()
		s.expect(t, "/film", "one", "hit; ttl=-") // untouched: no client waits
		if got := s.events.count(Failed); got != 1 {
			t.Errorf("got %d fallbacks, want 1", got)
		}
		s.put("film", "two")
		s.expect(t, "/film", "one", "fwd=stale; fwd-status=500; ttl=-")
		s.origin.do(nil)
		s.expect(t, "/film", "two", "fwd=stale; stored; detail=TOUCHED")
	})
}

// After a while without requests, an earlier failure does not count any more.
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

// A plan may give the origin more time, whoever asks.
func TestPlanBoundsTheRead(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.origin.do(func(w http.ResponseWriter, r *http.Request, _ string) {
			select {
			case <-r.Context().Done():
			case <-time.After(origin.Timeout + time.Second):
				w.WriteHeader(http.StatusNoContent)
			}
		})
		for target, want := range map[string]int{"/film": http.StatusServiceUnavailable, "/patient": http.StatusNoContent} {
			for _, header := range [][]string{nil, {"Min-Version", "0"}, {"Authorization", "Bearer x"}} {
				if got := s.get(target, header...); got.StatusCode != want {
					t.Errorf("%s %q: got %d, want %d", target, header, got.StatusCode, want)
				}
			}
		}
	})
}

// While one attempt hangs and the log cannot be read, no other client waits for the
// origin.
func TestHangingOriginDelaysOneRequest(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.put("film", "two")
		s.origin.do(func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() })
		start := time.Now()
		s.expect(t, "/film", "one", "fwd=stale; ttl=-1; detail=ORIGIN-ERROR")
		if waited := time.Since(start); waited != origin.Timeout {
			t.Errorf("waited %s, want %s", waited, origin.Timeout)
		}
		s.tail.lose(true)
		for range 100 {
			start = time.Now()
			s.expect(t, "/film", "one", "hit; ttl=-1; detail=ORIGIN-ERROR")
			if waited := time.Since(start); waited != 0 {
				t.Fatalf("waited %s, want 0s", waited)
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

func TestUncheckedHits(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.tail.lose(true)
		s.expect(t, "/film", "one", "hit; ttl=")
		if got := s.get("/film").Header.Get("Cache-Status"); !strings.HasSuffix(got, "; detail=UNCHECKED") {
			t.Errorf("got Cache-Status %q", got)
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

// A client that joins a flight may get an answer from before it came. It is marked as
// unchecked while the log cannot be read.
func TestUncheckedCollapsedAnswers(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		read, release := s.slowly("film")
		statuses := make(chan string, 2)
		ask := func() { statuses <- s.get("/film").Header.Get("Cache-Status") }
		go ask()
		<-read
		s.tail.lose(true)
		go ask()
		synctest.Wait()
		release()
		marked := 0
		for range 2 {
			if got := <-statuses; strings.HasSuffix(got, "; collapsed; detail=UNCHECKED") {
				marked++
			} else if got != "Marquee; fwd=uri-miss; stored" {
				t.Errorf("got Cache-Status %q", got)
			}
		}
		if marked != 1 {
			t.Errorf("got %d unchecked answers, want 1", marked)
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
		// Another process writes. This one's tail does not know of it yet.
		if version := s.catalogue.write("film", "two"); version != 2 {
			t.Fatal(version)
		}
		s.expect(t, "/film", "one", "hit")
		s.expect(t, "/film", "two", "fwd=request; stored; detail=MIN-VERSION", "Min-Version", "2")
		s.expect(t, "/film", "two", "hit") // the answer to one client is stored for all
		for _, malformed := range []string{"+1", "01", "1.0", " 1", "", "9999999999999999999"} {
			s.expect(t, "/film", "two", "fwd=request", "Min-Version", malformed)
			if got := s.origin.seen[len(s.origin.seen)-1].Header.Get("Min-Version"); got != malformed {
				t.Errorf("the origin got Min-Version %q, want %q", got, malformed)
			}
		}
		s.expect(t, "/film", "two", "fwd=request", "Min-Version", "1", "Min-Version", "2")
	})
}

// A request with Min-Version never gets an older answer, not even as a fallback.
func TestMinVersionIsNeverStale(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.origin.fails(http.StatusServiceUnavailable)
		s.tail.lose(true)
		if r := s.get("/film", "Min-Version", "1"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("unchecked: got status %d, want 503", r.StatusCode)
		}
		s.tail.lose(false)
		time.Sleep(70 * time.Second)
		if r := s.get("/film", "Min-Version", "1"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("stale: got status %d, want 503", r.StatusCode)
		}
	})
}

package cache

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"marquee/cache/memory"
)

// maxBody is the largest answer that is shared, as in package origin.
const maxBody = 4 << 20

// slowly makes the origin read a text, report that on read, and answer only after
// release.
func (s *process) slowly(key string) (read chan struct{}, release func()) {
	read, held := make(chan struct{}, 100), make(chan struct{})
	s.origin.do(func(w http.ResponseWriter, r *http.Request, text string) {
		if r.URL.Path == "/"+key {
			read <- struct{}{}
			<-held
		}
		s.origin.answer(w, r, text)
	})
	return read, func() { close(held) }
}

// start starts a request. body waits for the answer's body.
func (s *process) start(target string) (body func() string) {
	answered := make(chan string, 1)
	go func() { answered <- s.get(target).Body }()
	return func() string { return <-answered }
}

// A flight that has read before a write lands after the write's answer. A client that
// came after that answer must not get the flight's answer, although it has joined it.
func TestFlightFromBeforeAWriteServesNoLaterClient(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		read, release := s.slowly("film")
		before := s.start("/film")
		<-read
		s.put("film", "two")
		after, another := s.start("/film"), s.start("/film")
		synctest.Wait()
		release()
		if got := after(); got != "two" {
			t.Errorf("after the write's answer: got %q, want %q", got, "two")
		}
		if got := another(); got != "two" {
			t.Errorf("after the write's answer: got %q, want %q", got, "two")
		}
		if got := before(); got != "one" && got != "two" {
			t.Errorf("during the write: got %q", got)
		}
		if got := s.origin.count(); got != 2 {
			t.Errorf("got %d reads, want 2", got)
		}
		s.expect(t, "/film", "two", "hit")
	})
}

// The same for a flight that refreshes in the background.
func TestRefreshFromBeforeAWriteServesNoLaterClient(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		time.Sleep(70 * time.Second)
		read, release := s.slowly("film")
		s.expect(t, "/film", "one", "hit; ttl=-")
		<-read
		s.put("film", "two")
		after := s.start("/film")
		synctest.Wait()
		release()
		if got := after(); got != "two" {
			t.Errorf("after the write's answer: got %q, want %q", got, "two")
		}
	})
}

// The same for an answer that cannot be checked, because the origin did not describe it.
func TestUndescribedAnswerServesNoLaterClient(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var reads int
		held := make(chan struct{})
		s := newProcess(t, newCatalogue(), func(c *Config) {
			c.Next = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				reads++
				n := reads
				<-held
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write([]byte{'0' + byte(n)})
			})
		})
		first := s.start("/film")
		synctest.Wait()
		second, third := s.start("/film"), s.start("/film")
		synctest.Wait()
		close(held)
		if first() != "1" || second() == "1" || third() == "1" {
			t.Error("a client got an answer that was read before it came")
		}
	})
}

func TestStampedeReadsOnce(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", long)
		read, release := s.slowly("film")
		var clients sync.WaitGroup
		for range 1000 {
			clients.Go(func() {
				if got := see(s.get("/film", "Accept-Encoding", "gzip")); got.Status != http.StatusOK {
					t.Errorf("got status %d, want 200", got.Status)
				}
			})
		}
		<-read
		synctest.Wait()
		release()
		clients.Wait()
		if got := s.origin.count(); got != 1 {
			t.Errorf("got %d reads, want 1", got)
		}
		if got := s.events.count(Collapsed); got != 999 {
			t.Errorf("got %d collapsed requests, want 999", got)
		}
	})
}

func TestFirstClientLeaving(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		read, release := s.slowly("film")
		ctx, leave := context.WithCancel(t.Context())
		left := make(chan struct{})
		go func() {
			s.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, "/film", nil).WithContext(ctx))
			close(left)
		}()
		<-read
		second := s.start("/film")
		synctest.Wait()
		leave()
		<-left
		release()
		if got := second(); got != "one" {
			t.Errorf("the second client: got %q, want %q", got, "one")
		}
		if s.origin.count() != 1 || s.events.count(Left) != 1 {
			t.Errorf("got %d reads and %d clients that left, want 1 and 1", s.origin.count(), s.events.count(Left))
		}
	})
}

func TestPanicsOfTheOrigin(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		for _, v := range []any{"a fault", http.ErrAbortHandler} {
			s.origin.do(func(http.ResponseWriter, *http.Request, string) { panic(v) })
			if r := s.get("/film"); r.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("panic %v: got status %d, want 503", v, r.StatusCode)
			}
		}
		s.origin.do(nil)
		s.expect(t, "/film", "one", "fwd=uri-miss; stored")
		s.put("film", "two")
		s.origin.do(func(http.ResponseWriter, *http.Request, string) { panic("a fault") })
		s.expect(t, "/film", "one", "fwd=stale; ttl=-1; detail=ORIGIN-ERROR")
	})
}

func TestOriginThatIgnoresItsDeadline(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		_, release := s.slowly("film")
		defer release()
		if r := s.get("/film"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("got status %d", r.StatusCode)
		}
		start := time.Now() // a later client does not wait as long
		if r := s.get("/film"); r.StatusCode != http.StatusServiceUnavailable || time.Since(start) != 0 {
			t.Errorf("a later client: got status %d after %s, want 503 at once", r.StatusCode, time.Since(start))
		}
	})
}

func TestOverload(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newProcess(t, newCatalogue(), func(c *Config) { c.OriginReads, c.QueueTimeout = 1, time.Second })
		s.put("a", "one")
		s.get("/a")
		s.put("a", "two")
		read, release := s.slowly("busy")
		busy := s.start("/busy")
		<-read
		start := time.Now()
		r := s.get("/b")
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || r.Header.Get("X-Request-Id") == "" ||
			r.Header.Get("Content-Type") != "application/problem+json" || time.Since(start) != time.Second {
			t.Errorf("got status %d %v after %s", r.StatusCode, r.Header, time.Since(start))
		}
		s.expect(t, "/a", "one", "fwd=stale; ttl=-1; detail=ORIGIN-ERROR") // touched, but the origin has no slot
		release()
		busy()
		synctest.Wait()
		time.Sleep(2 * memory.RetryAfter)
		s.expect(t, "/a", "two", "fwd=stale; stored")
	})
}

func TestConfiguredUnavailable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newProcess(t, newCatalogue(), func(c *Config) {
			c.Unavailable = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				http.Error(w, w.Header().Get("X-Request-Id"), http.StatusServiceUnavailable)
			})
		})
		s.origin.do(func(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) })
		r := s.get("/film", "X-Request-Id", "mine")
		if r.StatusCode != http.StatusServiceUnavailable || r.Body != "mine\n" || r.Header.Get("Cache-Status") != "Marquee; fwd=uri-miss" {
			t.Errorf("got %d, body %q, Cache-Status %q", r.StatusCode, r.Body, r.Header.Get("Cache-Status"))
		}
	})
}

// A request that is not admitted costs no read, and the requests that wait with it go on.
func TestAdmission(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		admit := make(chan struct{})
		s := newProcess(t, newCatalogue(), func(c *Config) {
			c.Admit = func(w http.ResponseWriter, r *http.Request) bool {
				asked++
				if r.Header.Get("X-Request-Id") != "greedy" {
					return true
				}
				<-admit
				w.WriteHeader(http.StatusTooManyRequests)
				return false
			}
		})
		s.put("film", "one")
		var greedy sync.WaitGroup
		greedy.Go(func() {
			if r := s.get("/film", "X-Request-Id", "greedy"); r.StatusCode != http.StatusTooManyRequests {
				t.Errorf("got status %d", r.StatusCode)
			}
		})
		synctest.Wait()
		modest := s.start("/film")
		synctest.Wait()
		close(admit)
		greedy.Wait()
		if got := modest(); got != "one" {
			t.Errorf("got %q, want %q", got, "one")
		}
		s.expect(t, "/film", "one", "hit", "X-Request-Id", "greedy")
		if s.origin.count() != 1 || asked != 2 {
			t.Errorf("got %d reads and %d admission checks, want 1 and 2", s.origin.count(), asked)
		}
		if r := s.get("/film", "Authorization", "Bearer x", "X-Request-Id", "greedy"); r.StatusCode != http.StatusTooManyRequests {
			t.Errorf("with credentials: got status %d, want 429", r.StatusCode)
		}
	})
}

func TestLargeAnswersAreStreamed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		large := strings.Repeat("film ", maxBody/5+1)
		s.put("film", large)
		for n := range 3 {
			r := s.get("/film")
			if r.Body != large || r.StatusCode != http.StatusOK {
				t.Fatalf("got %d bytes with status %d, want %d with 200", len(r.Body), r.StatusCode, len(large))
			}
			if got := r.Header.Get("Cache-Status"); got != "Marquee; fwd=bypass" {
				t.Errorf("got Cache-Status %q", got)
			}
			// The first request reads once to find out, and once to stream.
			if got := s.origin.count(); got != n+2 {
				t.Errorf("got %d reads after %d requests, want %d", got, n+1, n+2)
			}
		}
	})
}

func TestCloseWaitsForFlights(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		read, release := s.slowly("film")
		body := s.start("/film")
		<-read
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("with a flight under way: got error %v, want %v", err, context.DeadlineExceeded)
		}
		release()
		body()
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
		if r := s.get("/other"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("after Close: got status %d, want 503", r.StatusCode)
		}
	})
}

// Conditions hold for answers that are streamed, too.
func TestStreamedAnswersHaveConditions(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		large := strings.Repeat("film ", maxBody/5+1)
		s.put("film", large)
		tag := s.get("/film").Header.Get("Etag")
		for _, c := range []struct {
			name, value string
			status      int
		}{
			{"If-None-Match", tag, 304}, {"If-None-Match", "W/" + tag, 304}, {"If-None-Match", "*", 304}, {"If-None-Match", `"x"`, 200},
			{"If-Modified-Since", "Sat, 01 Nov 2025 10:00:00 GMT", 304}, {"If-Modified-Since", "Sat, 01 Nov 2025 09:59:59 GMT", 200},
			{"If-Match", tag, 200}, {"If-Match", "*", 200}, {"If-Match", `"x"`, 412}, {"If-Match", "W/" + tag, 412},
			{"If-Unmodified-Since", "Sat, 01 Nov 2025 10:00:00 GMT", 200}, {"If-Unmodified-Since", "Sat, 01 Nov 2025 09:59:59 GMT", 412},
		} {
			r := s.get("/film", c.name, c.value)
			if r.StatusCode != c.status {
				t.Errorf("%s: %s: got status %d, want %d", c.name, c.value, r.StatusCode, c.status)
			}
			switch r.StatusCode {
			case http.StatusOK:
				if r.Body != large {
					t.Errorf("%s: %s: got %d bytes, want %d", c.name, c.value, len(r.Body), len(large))
				}
			case http.StatusNotModified:
				if r.Body != "" || r.Header.Get("Etag") != tag || r.Header.Get("Content-Length") != "" {
					t.Errorf("%s: %s: got %d bytes with %v", c.name, c.value, len(r.Body), r.Header)
				}
			default:
				if r.Header.Get("Content-Type") != "application/problem+json" || r.Header.Get("Etag") != "" || len(r.Body) > 1000 || r.Header.Get("X-Request-Id") == "" {
					t.Errorf("%s: %s: got %d bytes with %v", c.name, c.value, len(r.Body), r.Header)
				}
			}
		}
	})
}

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

// slowly lets the origin read a text, say so, and answer only when it is
// released.
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

// in starts a request and returns how to get its body.
func (s *process) in(target string) (body func() string) {
	answered := make(chan string, 1)
	go func() { answered <- s.get(target).Body }()
	return func() string { return <-answered }
}

// A flight that has read before a write lands after the write's answer. Who came
// after that answer must not get what the flight brings, though it joined it.
func TestFlightFromBeforeAWriteServesNobodyWhoCameAfter(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		read, release := s.slowly("film")
		before := s.in("/film")
		<-read
		s.put("film", "two")
		after, another := s.in("/film"), s.in("/film")
		synctest.Wait()
		release()
		if got := after(); got != "two" {
			t.Errorf("after the write's answer: %q", got)
		}
		if got := another(); got != "two" {
			t.Errorf("after the write's answer: %q", got)
		}
		if got := before(); got != "one" && got != "two" {
			t.Errorf("during the write: %q", got)
		}
		if got := s.origin.count(); got != 2 {
			t.Errorf("%d reads, want 2", got)
		}
		s.expect(t, "/film", "two", "hit")
	})
}

// The same where the flight refreshes behind, and where its answer cannot be
// checked because the origin did not describe it.
func TestFlightBehindServesNobodyWhoCameAfterAWrite(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		time.Sleep(70 * time.Second)
		read, release := s.slowly("film")
		s.expect(t, "/film", "one", "hit; ttl=-")
		<-read
		s.put("film", "two")
		after := s.in("/film")
		synctest.Wait()
		release()
		if got := after(); got != "two" {
			t.Errorf("after the write's answer: %q", got)
		}
	})
}

func TestUndescribedAnswersServeThoseWhoCameBefore(t *testing.T) {
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
		first := s.in("/film")
		synctest.Wait()
		second, third := s.in("/film"), s.in("/film")
		synctest.Wait()
		close(held)
		if first() != "1" || second() == "1" || third() == "1" {
			t.Error("the second and the third came after the first was read")
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
					t.Errorf("status %d", got.Status)
				}
			})
		}
		<-read
		synctest.Wait()
		release()
		clients.Wait()
		if got := s.origin.count(); got != 1 {
			t.Errorf("%d reads", got)
		}
		if got := s.events.count(Collapsed); got != 999 {
			t.Errorf("%d collapsed", got)
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
		second := s.in("/film")
		synctest.Wait()
		leave()
		<-left
		release()
		if got := second(); got != "one" {
			t.Errorf("the second client got %q", got)
		}
		if s.origin.count() != 1 || s.events.count(Left) != 1 {
			t.Errorf("%d reads, %d left", s.origin.count(), s.events.count(Left))
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
				t.Errorf("%v: status %d", v, r.StatusCode)
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
			t.Errorf("status %d", r.StatusCode)
		}
		start := time.Now() // who comes later does not wait as long again
		if r := s.get("/film"); r.StatusCode != http.StatusServiceUnavailable || time.Since(start) != 0 {
			t.Errorf("status %d after %s", r.StatusCode, time.Since(start))
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
		busy := s.in("/busy")
		<-read
		start := time.Now()
		r := s.get("/b")
		if r.StatusCode != http.StatusServiceUnavailable || r.Header.Get("Retry-After") == "" || r.Header.Get("X-Request-Id") == "" ||
			r.Header.Get("Content-Type") != "application/problem+json" || time.Since(start) != time.Second {
			t.Errorf("status %d %v after %s", r.StatusCode, r.Header, time.Since(start))
		}
		s.expect(t, "/a", "one", "fwd=stale; ttl=-1; detail=ORIGIN-ERROR") // touched, but there is nothing better
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
			t.Errorf("%d %q %q", r.StatusCode, r.Body, r.Header.Get("Cache-Status"))
		}
	})
}

// Who is not admitted costs nothing, and the others go on without it.
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
				t.Errorf("status %d", r.StatusCode)
			}
		})
		synctest.Wait()
		modest := s.in("/film")
		synctest.Wait()
		close(admit)
		greedy.Wait()
		if got := modest(); got != "one" {
			t.Errorf("got %q", got)
		}
		s.expect(t, "/film", "one", "hit", "X-Request-Id", "greedy")
		if s.origin.count() != 1 || asked != 2 {
			t.Errorf("%d reads, asked %d times", s.origin.count(), asked)
		}
		if r := s.get("/film", "Authorization", "Bearer x", "X-Request-Id", "greedy"); r.StatusCode != http.StatusTooManyRequests {
			t.Errorf("with credentials: status %d", r.StatusCode)
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
				t.Fatalf("%d bytes, status %d", len(r.Body), r.StatusCode)
			}
			if got := r.Header.Get("Cache-Status"); got != "Marquee; fwd=bypass" {
				t.Errorf("the cache says %q", got)
			}
			// The first time it is read once to find out, and once to stream it.
			if got := s.origin.count(); got != n+2 {
				t.Errorf("%d reads after %d requests", got, n+1)
			}
		}
	})
}

func TestCloseWaitsForFlights(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		read, release := s.slowly("film")
		body := s.in("/film")
		<-read
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := s.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("closed with %v while a flight was in the air", err)
		}
		release()
		body()
		if err := s.Close(t.Context()); err != nil {
			t.Errorf("close: %v", err)
		}
		if r := s.get("/other"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("status %d after the end", r.StatusCode)
		}
	})
}

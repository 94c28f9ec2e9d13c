package cache

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

// turning is a text that shows before until an instant, and after from then on.
func turning(before string, instant time.Time, after string) string {
	return fmt.Sprintf("%s@%d@%s", before, instant.Unix(), after)
}

// turn is when the texts of these tests turn. The bubbles of synctest begin a minute
// before.
var turn = time.Date(2000, 1, 1, 0, 1, 0, 0, time.UTC)

// An answer is served until the instant at which it turns, and not from then on: by GET and
// HEAD, as a 304, as a 404, and to requests with Min-Version.
func TestAnswersTurn(t *testing.T) {
	t.Parallel()
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, c := range []struct {
			before, after string
			header        []string
			was, is       int
		}{
			{"one", "longer", nil, http.StatusOK, http.StatusOK},
			{"one", "longer", []string{"Min-Version", "1"}, http.StatusOK, http.StatusOK},
			{"one", "longer", []string{"If-None-Match", `"3-abc"`}, http.StatusNotModified, http.StatusOK},
			{"one", "", nil, http.StatusOK, http.StatusNotFound},
			{"", "one", nil, http.StatusNotFound, http.StatusOK},
		} {
			inBubble(t, func(t *testing.T, s *process) {
				s.origin.lifetimes.Fresh = time.Hour
				s.put("film", turning(c.before, turn, c.after))
				s.get("/film")
				time.Sleep(time.Minute - time.Nanosecond)
				if r := s.send(method, "/film", c.header...); r.StatusCode != c.was || s.events.count(Hit) != 1 {
					t.Errorf("%s %v before the turn: got status %d (%s), want %d", method, c, r.StatusCode, r.Header.Get("Cache-Status"), c.was)
				}
				time.Sleep(time.Nanosecond)
				for range 2 {
					if r := s.send(method, "/film", c.header...); r.StatusCode != c.is {
						t.Errorf("%s %v after the turn: got status %d (%s), want %d", method, c, r.StatusCode, r.Header.Get("Cache-Status"), c.is)
					}
				}
				s.expectReads(t, 2)
			})
		}
	}
}

// From its turn on, an answer does not even replace that of an origin which fails, takes
// long, or is gone.
func TestNoAnswerOutlivesItsTurn(t *testing.T) {
	t.Parallel()
	for name, fail := range map[string]func(s *process){
		"fails": func(s *process) { s.origin.fails(http.StatusServiceUnavailable) },
		"hangs": func(s *process) {
			s.origin.do(func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() })
		},
		"is gone": func(s *process) {
			s.origin.fails(http.StatusServiceUnavailable)
			s.tail.lose(true)
			s.get("/other") // without an entry it asks the origin, and fails
		},
		"is crowded": func(s *process) {
			for range DefaultOriginReads {
				_ = s.slots.Acquire(context.Background())
			}
		},
	} {
		inBubble(t, func(t *testing.T, s *process) {
			s.put("film", turning("one", turn, "two"))
			s.get("/film")
			time.Sleep(30 * time.Second)
			fail(s)
			s.put("film", turning("three", turn, "two")) // touched: the origin is asked
			s.expect(t, "/film", "one", "")
			time.Sleep(time.Until(turn))
			if r := s.get("/film"); r.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("the origin %s: got status %d with %q, want 503", name, r.StatusCode, r.Body)
			}
		})
	}
}

// An answer that turns while it is read is read again, for all requests that wait for it.
// The stored one may have been prepared, and is not replaced.
func TestReadsThatTurn(t *testing.T) {
	t.Parallel()
	for _, prepared := range []bool{false, true} {
		inBubble(t, func(t *testing.T, s *process) {
			s.put("film", turning("one", turn, "two"))
			if prepared {
				s.prepare(t, "/film", turn)
			}
			time.Sleep(time.Minute - time.Millisecond)
			read, release := s.slowly("film")
			bodies := []func() string{s.start("/film")}
			<-read
			bodies = append(bodies, s.start("/film"))
			time.Sleep(time.Millisecond)
			s.origin.do(nil)
			if prepared {
				s.expect(t, "/film", "two", "hit; ttl=")
			}
			release()
			for _, body := range bodies {
				if got := body(); got != "two" {
					t.Errorf("prepared %v: got %q, want two", prepared, got)
				}
			}
			s.expect(t, "/film", "two", "hit; ttl=")
			s.expectReads(t, 2)
		})
	}
}

// An origin whose clock lags has no answer that is right now.
func TestOriginWhoseClockLags(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", turning("one", turn, "two"))
		s.origin.now = func() time.Time { return turn.Add(-time.Second) }
		time.Sleep(time.Minute)
		if r := s.get("/film"); r.StatusCode != http.StatusServiceUnavailable {
			t.Errorf("got status %d with %q, want 503", r.StatusCode, r.Body)
		}
		s.expectReads(t, maxAttempts)
		s.origin.now = time.Now
		s.expect(t, "/film", "two", "fwd=uri-miss; stored")
	})
}

// An answer that is not stored turns, too.
func TestUnstoredAnswersTurn(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", turning("one", turn, "two"))
		time.Sleep(58 * time.Second)
		s.origin.do(func(w http.ResponseWriter, _ *http.Request, text string) {
			w.Header().Set("Cache-Control", "private, max-age=9")
			fmt.Fprint(w, text)
		})
		for _, header := range [][]string{nil, {"Min-Version", "1"}, {"Authorization", "Bearer x"}} {
			if got := s.get("/film", header...).Header.Get("Cache-Control"); got != "private, max-age=1, must-revalidate" {
				t.Errorf("%q: got Cache-Control %q", header, got)
			}
		}
		read, release := s.slowly("film")
		body := s.start("/film")
		<-read
		time.Sleep(2 * time.Second)
		release()
		if got := body(); got != "two" {
			t.Errorf("got %q, want two", got)
		}
		s.put("large", turning(strings.Repeat("x", maxBody+1), turn.Add(5*time.Second), "small"))
		if r := s.get("/large"); r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != "public, max-age=4, s-maxage=4, must-revalidate" {
			t.Errorf("streamed: got status %d, Cache-Control %q", r.StatusCode, r.Header.Get("Cache-Control"))
		}
	})
}

// Entries in Redis end with their answers. A process uses those that are right by its own
// clock.
func TestSharedAnswersTurn(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	soon := time.Now().Truncate(time.Second).Add(time.Minute)
	at := func(clock time.Time) *process {
		s := newSharingProcess(t, c, address, prefix)
		s.now = func() time.Time { return clock }
		s.tail.follow(c.version())
		return s
	}
	at(soon).put("film", turning("one", soon, "two"))
	one := at(soon.Add(-time.Second))
	one.expect(t, "/film", "one", "fwd=uri-miss; stored")
	one.events.await(t, SharedWritten, 1)
	if life, err := one.shared.Client().PTTL(t.Context(), one.keyOf(t, prefix, "response")).Result(); err != nil || life <= 0 || life > time.Second {
		t.Errorf("expires in %s, error %v, want at most a second", life, err)
	}
	two := at(soon)
	two.expect(t, "/film", "two", "fwd=uri-miss; stored")
	two.events.await(t, SharedWritten, 1)
	at(soon.Add(-time.Nanosecond)).expect(t, "/film", "one", "fwd=uri-miss; stored")
	at(soon).expect(t, "/film", "two", "hit; ttl=")
}

// A change that touches a part of an answer touches the answer, and no other change does.
// Min-Version counts the version of every part.
func TestPartsAreChecked(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("a", "one")
		s.put("b", "two")
		s.put("all", "=a+b")
		s.expect(t, "/all", "+one+two", "fwd=uri-miss")
		s.put("other", "x")
		for range 3 {
			s.expect(t, "/all", "+one+two", "hit; ttl=")
			s.expect(t, "/all", "+one+two", "hit; ttl=", "Min-Version", "4")
		}
		if s.tail.checks != 3 {
			t.Errorf("got %d checks, want one of the answer and of each part", s.tail.checks)
		}
		s.put("b", "three")
		s.expect(t, "/all", "+one+three", "fwd=stale; stored; detail=TOUCHED")
		s.put("all", "=b+a")
		s.expect(t, "/all", "+three+one", "fwd=stale; stored; detail=TOUCHED")
	})
}

// A part that the API does not know counts as touched.
func TestUnknownParts(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("all", "=probe")
		s.expect(t, "/all", "+", "fwd=uri-miss; stored")
		s.put("other", "x")
		s.expect(t, "/all", "+", "fwd=stale; stored; detail=TOUCHED")
	})
}

// Parts travel with the versions up to which they were checked.
func TestSharedParts(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	one := newSharingProcess(t, c, address, prefix)
	one.put("a", "one")
	one.put("b", "two")
	one.put("all", "=a+b")
	one.get("/all")
	one.events.await(t, SharedWritten, 1)
	two := newSharingProcess(t, c, address, prefix)
	two.expect(t, "/all", "+one+two", "hit; ttl=")
	two.put("a", "three")
	two.expect(t, "/all", "+three+two", "fwd=stale; stored; detail=TOUCHED")
}

package cache

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func TestAnswersToCredentialsAreNotShared(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film") // stored
		s.catalogue.write("film", "two")
		for _, c := range []struct{ target, header string }{
			{"/film", "Bearer x"}, {"/film", "OAuth oauth_token=x"}, {"/film", ""},
			{"/film?oauth_token=x", "-"}, {"/film?a=b&oauth_signature=x", "-"}, {"/film?%6fauth_token=x", "-"}, {"/film?a%zz=x", "-"},
		} {
			header := []string{"Authorization", c.header}
			if c.header == "-" {
				header = nil
			}
			for range 2 {
				s.expect(t, c.target, "two", "fwd=bypass; detail=CREDENTIALS", header...)
				if got := s.origin.seen[len(s.origin.seen)-1]; got.RequestURI != c.target || got.Header.Get("Authorization") != strings.Trim(c.header, "-") {
					t.Errorf("the origin got %s with header %v", got.RequestURI, got.Header)
				}
			}
		}
		s.expect(t, "/film", "one", "hit") // the private answer is not stored
		s.expect(t, "/film?q=oauth_token", "one", "hit")
	})
}

// A signature covers the method, so a HEAD with credentials stays a HEAD. Its header is
// that of a GET.
func TestCredentialedHead(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", long)
		header := []string{"Authorization", "OAuth x", "Accept-Encoding", "gzip, identity;q=0", "X-Request-Id", "one"}
		get, head := s.get("/film", header...), s.send(http.MethodHead, "/film", header...)
		if diff := cmp.Diff(get.Header, head.Header); diff != "" || head.Header.Get("Content-Encoding") != "gzip" || head.Body != "" {
			t.Errorf("a HEAD has another header (-GET +HEAD):\n%s\nits body is %q", diff, head.Body)
		}
		if got := s.origin.seen[1].Method; got != http.MethodHead {
			t.Errorf("the origin got method %s, want HEAD", got)
		}
	})
}

// Answers that are not shared have encodings and conditions as well.
func TestBypassHasEncodingsAndConditions(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", long)
		header := []string{"Authorization", "Bearer x", "Accept-Encoding", "br"}
		r := s.get("/film", header...)
		if r.Header.Get("Content-Encoding") != "br" || r.Header.Get("Etag") != `"1520-abc-br"` {
			t.Errorf("got header %v", r.Header)
		}
		if r := s.get("/film", append(header, "If-None-Match", `"1520-abc-br"`)...); r.StatusCode != http.StatusNotModified {
			t.Errorf("got status %d", r.StatusCode)
		}
		if got := s.origin.seen[1].Header; got["If-None-Match"] != nil || got["Accept-Encoding"] != nil {
			t.Errorf("the origin got header %v", got)
		}
	})
}

func TestAnswersThatAreNotStored(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("log", "one")
		for range 2 {
			s.expect(t, "/log", "one", "fwd=bypass")
		}
		for name, set := range map[string]func(h http.Header){
			"private": func(h http.Header) { h.Set("Cache-Control", "private, max-age=5") },
			"nostore": func(h http.Header) { h.Set("Cache-Control", "no-store") },
			"cookie":  func(h http.Header) { h.Set("Set-Cookie", "a=b") },
			"vary":    func(h http.Header) { h.Set("Vary", "Accept-Language") },
		} {
			s.put(name, "one")
			s.origin.do(func(w http.ResponseWriter, _ *http.Request, text string) {
				set(w.Header())
				_, _ = w.Write([]byte(text))
			})
			for range 2 {
				s.expect(t, "/"+name, "one", "fwd=uri-miss")
			}
		}
		s.origin.fails(http.StatusBadRequest)
		before := s.origin.count()
		s.get("/bad")
		s.get("/bad")
		if got := s.origin.count() - before; got != 2 {
			t.Errorf("got %d reads for two refused requests, want 2", got)
		}
	})
}

// A refusal drops the stored entry, which is never served again.
func TestRefusalDropsTheEntry(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.get("/film")
		s.put("film", "two")
		s.origin.fails(http.StatusBadRequest)
		s.get("/film")
		s.origin.fails(http.StatusInternalServerError)
		if r := s.get("/film"); r.StatusCode != http.StatusInternalServerError {
			t.Errorf("got status %d", r.StatusCode)
		}
	})
}

// An incomplete answer of the origin is not stored.
func TestIncompleteAnswersAreNotStored(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", "one")
		s.origin.do(func(w http.ResponseWriter, _ *http.Request, _ string) {
			w.Header().Set("Content-Length", "3")
			_, _ = w.Write([]byte("on"))
		})
		if r := s.get("/film"); r.StatusCode != http.StatusServiceUnavailable || !strings.HasPrefix(r.Header.Get("Cache-Status"), "Marquee; fwd=uri-miss") {
			t.Errorf("got status %d, Cache-Status %q", r.StatusCode, r.Header.Get("Cache-Status"))
		}
		s.get("/film", "Min-Version", "1")

		// Neither is that of a handler which writes nothing because its client has left.
		ctx, leave := context.WithCancel(t.Context())
		s.origin.do(func(http.ResponseWriter, *http.Request, string) { leave() })
		r := httptest.NewRequest(http.MethodGet, "/film", nil).WithContext(ctx)
		r.Header.Set("Min-Version", "1")
		s.ServeHTTP(httptest.NewRecorder(), r)

		// Nor is that of a handler which is too slow.
		s.origin.do(func(_ http.ResponseWriter, r *http.Request, _ string) { <-r.Context().Done() })
		for _, header := range []string{"Min-Version", "Authorization"} {
			if r := s.get("/film", header, "1"); r.StatusCode != http.StatusServiceUnavailable {
				t.Errorf("%s: got status %d, want 503", header, r.StatusCode)
			}
		}
		s.origin.do(nil)
		s.expect(t, "/film", "one", "fwd=uri-miss; stored")
	})
}

// A request with Min-Version takes the answer of a read that is under way if that shows the
// version. Otherwise it reads for itself.
func TestMinVersionJoinsReadsUnderWay(t *testing.T) {
	t.Parallel()
	for _, written := range []bool{false, true} {
		inBubble(t, func(t *testing.T, s *process) {
			version := s.put("film", "one")
			read, release := s.slowly("film")
			first := s.start("/film")
			<-read
			want, status, reads := "one", "fwd=request; stored; collapsed; detail=MIN-VERSION", 1
			if written {
				version = s.put("film", "two")
				want, status, reads = "two", "fwd=request; stored; detail=MIN-VERSION", 2
			}
			later := make(chan answer, 1)
			go func() { later <- s.get("/film", "Min-Version", strconv.FormatInt(version, 10)) }()
			synctest.Wait()
			release()
			if got := <-later; got.Body != want || got.Header.Get("Cache-Status") != "Marquee; "+status {
				t.Errorf("got %q with Cache-Status %q, want %q with %q", got.Body, got.Header.Get("Cache-Status"), want, status)
			}
			if got := first(); got != "one" {
				t.Errorf("the first request got %q", got)
			}
			s.expectReads(t, reads)
		})
	}
}

func TestOtherRequestsPass(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", long)
		for _, c := range [][2]string{{http.MethodPost, "/film"}, {http.MethodOptions, "/film"}, {http.MethodGet, "/probe"}} {
			if r := s.send(c[0], c[1], "Accept-Encoding", "gzip"); r.Header["Cache-Status"] != nil || r.Header["Content-Encoding"] != nil {
				t.Errorf("%s %s: got header %v", c[0], c[1], r.Header)
			}
		}
	})
}

func TestPanicOfABypassReleasesItsSlot(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.origin.do(func(http.ResponseWriter, *http.Request, string) { panic(http.ErrAbortHandler) })
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic does not reach the client's own handler")
				}
			}()
			s.get("/film", "Authorization", "x")
		}()
		if got := s.slots.Stats().InUse; got != 0 {
			t.Errorf("got %d slots in use, want none", got)
		}
	})
}

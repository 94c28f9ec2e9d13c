package cache

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
)

// An encoding that was made for a request counts as memory of its entry.
func TestEncodingsAreWeighed(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", long)
		weight := func(accept string) int64 {
			s.get("/film", "Accept-Encoding", accept)
			synctest.Wait() // the level counts in the background
			return s.Stats().Bytes
		}
		if plain, encoded := weight(""), weight("gzip"); encoded <= plain {
			t.Errorf("got %d bytes with an encoding and %d without", encoded, plain)
		}
	})
}

func TestStatsOfSlots(t *testing.T) {
	t.Parallel()
	got := newProcess(t, newCatalogue(), nil).Stats()
	if got.Reads.Slots != DefaultOriginReads || got.Reads.InUse != 0 || got.Versions.Slots != DefaultOriginReads {
		t.Errorf("got %+v, want %d free slots for each", got, DefaultOriginReads)
	}
}

// A request target that is too long to be remembered is parsed each time.
func TestLongSpellings(t *testing.T) {
	t.Parallel()
	s := newProcess(t, newCatalogue(), nil)
	s.put("film", "one")
	target := "/film?" + strings.Repeat("x", 2<<10)
	s.get(target)
	s.expect(t, target, "one", "hit")
	if s.memory.Plan(target) != nil {
		t.Error("it was remembered")
	}
}

// A request that a program makes by hand has a URL and no RequestURI.
func TestNoRequestURI(t *testing.T) {
	t.Parallel()
	s := newProcess(t, newCatalogue(), nil)
	s.put("film", "one")
	s.put("other", "two")
	for _, c := range [][2]string{{"/film", "one"}, {"/other", "two"}} {
		r := httptest.NewRequest(http.MethodGet, c[0], nil)
		r.RequestURI = ""
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if got := w.Body.String(); got != c[1] {
			t.Errorf("%s: got %q, want %q", c[0], got, c[1])
		}
	}
}

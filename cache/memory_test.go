package cache

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestMemoryIsBounded(t *testing.T) {
	t.Parallel()
	const limit = 1 << 20
	s := newHouse(t, newCatalogue(), func(c *Config) { c.MemoryBytes = limit })
	for n := range 2000 {
		key := fmt.Sprintf("film%d", n)
		s.put(key, strings.Repeat(key, 500))
		s.get("/"+key+"?"+strings.Repeat("x", n%500), "Accept-Encoding", []string{"", "gzip", "br"}[n%3])
	}
	s.memory.entries.CleanUp()
	s.memory.plans.CleanUp()
	if got := s.memory.entries.WeightedSize(); got > limit-limit/planShare {
		t.Errorf("%d bytes of entries are counted", got)
	}
	if got := s.memory.plans.WeightedSize(); got > minPlans {
		t.Errorf("%d bytes of spellings are counted", got)
	}
	var weight uint64
	entries := 0
	for e := range s.memory.entries.Values() {
		weight += uint64(e.weight())
		entries++
	}
	if weight > limit || weight != s.memory.entries.WeightedSize() {
		t.Errorf("%d entries of %d bytes, %d are counted: forms are missing", entries, weight, s.memory.entries.WeightedSize())
	}
	if entries < 100 {
		t.Errorf("only %d entries fit", entries)
	}
}

// Spellings that would fill the memory are not remembered.
func TestLongSpellings(t *testing.T) {
	t.Parallel()
	s := newHouse(t, newCatalogue(), nil)
	s.put("film", "one")
	target := "/film?" + strings.Repeat("x", maxSpelling)
	s.get(target)
	s.expect(t, target, "one", "hit")
	if s.memory.plan(target) != nil {
		t.Error("it was remembered")
	}
}

// A request that was made by hand has only a URL.
func TestNoRequestURI(t *testing.T) {
	t.Parallel()
	s := newHouse(t, newCatalogue(), nil)
	s.put("film", "one")
	s.put("other", "two")
	for _, c := range [][2]string{{"/film", "one"}, {"/other", "two"}} {
		r := httptest.NewRequest(http.MethodGet, c[0], nil)
		r.RequestURI = ""
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if got := w.Body.String(); got != c[1] {
			t.Errorf("%s: %q", c[0], got)
		}
	}
}

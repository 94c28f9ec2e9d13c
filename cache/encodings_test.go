package cache

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"marquee/cache/encoding"
	"marquee/cache/envelope"
	"marquee/cache/shared"
	"marquee/deploy/devstack"
)

// names returns the names of the encodings that there are, separated by blanks.
func names(encoded [encoding.Count][]byte) string {
	var found []string
	for e, body := range encoded {
		if body != nil {
			found = append(found, encoding.Encoding(e).String())
		}
	}
	return strings.Join(found, " ")
}

// step is a request, and the encodings that there are after it.
type step struct {
	accept, made, published string
	writes                  int // publications so far
}

// An encoding is made for the first request that gets it. The miss publishes its own,
// a hit another one when it is the second in it.
func TestWhenEncodingsAreMadeAndPublished(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text string
		steps      []step
	}{
		{"no compression", long, []step{{"", "", "", 1}, {"", "", "", 1}, {"identity", "", "", 1}}},
		{"one encoding", long, []step{{"gzip", "gzip", "gzip", 1}, {"gzip", "gzip", "gzip", 1}, {"gzip", "gzip", "gzip", 1}}},
		{"preferred one only", long, []step{{"gzip, deflate, br, zstd", "br", "br", 1}, {"gzip, br", "br", "br", 1}}},
		{"later ones", long, []step{
			{"", "", "", 1}, {"gzip", "gzip", "", 1}, {"br", "br gzip", "", 1},
			{"gzip", "br gzip", "br gzip", 2}, {"br", "br gzip", "br gzip", 2},
			{"zstd", "br zstd gzip", "br gzip", 2}, {"zstd", "br zstd gzip", "br zstd gzip", 3},
		}},
		{"a short body", "short", []step{{"gzip", "", "", 1}, {"gzip", "", "", 1}, {"identity;q=0, gzip", "gzip", "", 1}, {"identity;q=0, gzip", "gzip", "gzip", 2}}},
		{"a 404", "", []step{{"gzip", "", "", 1}, {"gzip", "", "", 1}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := newSharingProcess(t, newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t))
			s.put("film", c.text)
			for n, step := range c.steps {
				s.get("/film", "Accept-Encoding", step.accept)
				s.events.await(t, SharedWritten, step.writes)
				if got := names(s.memory.Get("/film").Parts().Encoded); got != step.made {
					t.Errorf("request %d, %q: made %q, want %q", n, step.accept, got, step.made)
				}
				if got := names(s.published(t, "/film").Response.Parts().Encoded); got != step.published {
					t.Errorf("request %d, %q: published %q, want %q", n, step.accept, got, step.published)
				}
			}
			if got, want := s.events.count(SharedWritten), c.steps[len(c.steps)-1].writes; got != want {
				t.Errorf("got %d publications, want %d", got, want)
			}
		})
	}
}

// published returns the envelope in Redis.
func (s *process) published(t *testing.T, target string) envelope.Envelope {
	t.Helper()
	found, err := s.shared.Get(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	v, err := envelope.Decode(found[shared.Present], target)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// A process serves the encodings that another one has published, and adds its own.
func TestEncodingsOfAnotherProcess(t *testing.T) {
	t.Parallel()
	c, address, prefix := newCatalogue(), devstack.Redis(t), devstack.RedisPrefix(t)
	one, two := newSharingProcess(t, c, address, prefix), newSharingProcess(t, c, address, prefix)
	one.put("film", long)
	one.get("/film", "Accept-Encoding", "gzip")
	one.events.await(t, SharedWritten, 1)
	two.tail.follow(c.version())
	for _, accept := range []string{"gzip", "gzip", "br", "br"} {
		two.get("/film", "Accept-Encoding", accept)
	}
	two.events.await(t, SharedWritten, 1)
	if got := names(two.published(t, "/film").Response.Parts().Encoded); got != "br gzip" {
		t.Errorf("published %q, want br and gzip", got)
	}
	if two.origin.count() != 0 {
		t.Errorf("got %d reads, want none", two.origin.count())
	}
}

// Reads that replace an entry, in the background or with Min-Version, make the encoding
// of their request.
func TestEncodingsOfReplacedEntries(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		stale  bool
		header []string
	}{
		{"refresh", true, nil},
		{"minimum version", false, []string{"Min-Version", "1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, func(t *testing.T, s *process) {
				s.put("film", long)
				if c.stale {
					s.origin.lifetimes.Fresh = 0
					s.get("/film")
				}
				s.get("/film", append(c.header, "Accept-Encoding", "zstd")...)
				synctest.Wait()
				if got := names(s.memory.Get("/film").Parts().Encoded); got != "zstd" {
					t.Errorf("got encodings %q, want zstd", got)
				}
			})
		})
	}
}

// A client that is answered 304 by a miss leaves the encoding for the next one.
func TestEncodingOfNotModified(t *testing.T) {
	t.Parallel()
	inBubble(t, func(t *testing.T, s *process) {
		s.put("film", long)
		r := s.get("/film", "Accept-Encoding", "br", "If-None-Match", `"1520-abc-br"`)
		if got := names(s.memory.Get("/film").Parts().Encoded); r.StatusCode != http.StatusNotModified || got != "br" {
			t.Errorf("got status %d and encodings %q, want 304 and br", r.StatusCode, got)
		}
	})
}

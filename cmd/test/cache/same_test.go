package cache_test

import (
	"bytes"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/devstack"
)

// same checks that a miss and a hit are equal, except for Age, Date and Cache-Status.
// Their Cache-Status must contain missed and found.
func same(t *testing.T, what string, miss, hit *fixture.Answer, missed, found string) {
	t.Helper()
	fixture.Contains(t, miss.Header.Get("Cache-Status"), missed)
	fixture.Contains(t, hit.Header.Get("Cache-Status"), found)
	a, b := maps.Clone(miss.Header), maps.Clone(hit.Header)
	for _, name := range []string{"Age", "Date", "Cache-Status"} {
		a.Del(name)
		b.Del(name)
	}
	if miss.Status != hit.Status || !reflect.DeepEqual(a, b) || !bytes.Equal(miss.Body, hit.Body) {
		t.Errorf("%s: the miss and the hit differ:\n%d %v %d bytes\n%d %v %d bytes", what, miss.Status, a, len(miss.Body), hit.Status, b, len(hit.Body))
	}
	if got := hit.Header.Get("Age"); got != "0" { // it was validated
		t.Errorf("%s: got Age %q, want 0", what, got)
	}
}

// A hit has the same status, headers and body as a miss, in each encoding, for GET and
// HEAD, from memory and from Redis. Rate limits are on, as by default: only a miss
// counts, and its response does not show that.
func TestHitEqualsMiss(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	s := fixture.Serve(t, e)
	load.NewCatalogue(t, fixture.Site{Base: s.Base, Token: fixture.NewToken(t, e)}, load.NewRandom())
	for _, method := range []string{http.MethodGet, http.MethodHead} {
		for _, encoding := range []string{"identity", "gzip", "zstd", "br"} {
			t.Run(method+" "+encoding, func(t *testing.T) {
				t.Parallel()
				compareHits(t, e, method, encoding)
			})
		}
	}
}

// compareHits compares misses and hits of two new processes with an empty Redis.
func compareHits(t *testing.T, e fixture.Env, method, encoding string) {
	e = maps.Clone(e)
	e["MARQUEE_REDIS_URL"] = devstack.StartRedis(t).URL()
	first, second := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0"), fixture.Start(t, e, "api", "--listen", "127.0.0.1:0")
	targets := slices.DeleteFunc(fixture.Reads(), func(target string) bool { // pages that are warm are never missed
		return strings.HasPrefix(target, "/2.0/collections") && !strings.Contains(target, "?")
	})
	misses := map[string]*fixture.Answer{}
	ask := func(s *fixture.Server, target string) *fixture.Answer {
		t.Helper()
		a, err := s.Raw(t.Context(), method, target, encoding)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, target := range targets {
		misses[target] = ask(first, target)
		hit := ask(first, target)
		for fixture.SourceOf(hit) == "UNCHECKED" { // on a busy machine the change log may be unread for a second
			hit = ask(first, target)
		}
		same(t, target, misses[target], hit, "fwd=uri-miss", "; hit")
	}
	fixture.AwaitShared(t, e["MARQUEE_REDIS_URL"], len(targets)/4)
	found := 0
	for _, target := range targets {
		if a := ask(second, target); fixture.SourceOf(a) == "SHARED" { // on a busy machine a call of Redis may time out
			same(t, target, misses[target], a, "fwd=uri-miss", "detail=SHARED")
			found++
		}
	}
	if found < len(targets)/4 {
		t.Errorf("got %d of %d responses from Redis, want at least a quarter", found, len(targets))
	}
	compressed(t, misses["/2.0/movies"], method, encoding)
}

// compressed checks that a response has the requested encoding.
func compressed(t *testing.T, a *fixture.Answer, method, encoding string) {
	t.Helper()
	want := encoding
	if encoding == "identity" {
		want = ""
	}
	if got := a.Header.Get("Content-Encoding"); got != want {
		t.Errorf("%s: got Content-Encoding %q, want %q", method, got, want)
	}
	if empty := len(a.Body) == 0; empty != (method == http.MethodHead) {
		t.Errorf("%s: got a body of %d bytes", method, len(a.Body))
	}
}

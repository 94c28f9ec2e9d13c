package cache_test

import (
	"bytes"
	"maps"
	"net/http"
	"reflect"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/devstack"
)

// same fails the test unless two answers are equal but for their age and how
// they came about, which has to contain what is said of each.
func same(t *testing.T, what string, miss, hit *fixture.Answer, missed, kept string) {
	t.Helper()
	fixture.Contains(t, miss.Header.Get("Cache-Status"), missed)
	fixture.Contains(t, hit.Header.Get("Cache-Status"), kept)
	a, b := maps.Clone(miss.Header), maps.Clone(hit.Header)
	for _, name := range []string{"Age", "Date", "Cache-Status"} {
		a.Del(name)
		b.Del(name)
	}
	if miss.Status != hit.Status || !reflect.DeepEqual(a, b) || !bytes.Equal(miss.Body, hit.Body) {
		t.Errorf("%s: a miss and a hit differ:\n%d %v %d bytes\n%d %v %d bytes", what, miss.Status, a, len(miss.Body), hit.Status, b, len(hit.Body))
	}
	if got := hit.Header.Get("Age"); got != "0" { // it was validated
		t.Errorf("%s: a hit has the age %q", what, got)
	}
}

// A hit is a miss, in status, headers and body, in each encoding and for HEAD as
// well, whether it comes from memory or from another process through Redis. The
// limits are those of the product: only a miss is counted, and does not say so.
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

// compareHits asks two new processes over an empty Redis.
func compareHits(t *testing.T, e fixture.Env, method, encoding string) {
	e = maps.Clone(e)
	e["MARQUEE_REDIS_URL"] = devstack.StartRedis(t).URL()
	first, second := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0"), fixture.Start(t, e, "api", "--listen", "127.0.0.1:0")
	targets := fixture.Reads()
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
		for fixture.SourceOf(hit) == "UNCHECKED" { // on a busy machine the log may not be read for a second
			hit = ask(first, target)
		}
		same(t, target, misses[target], hit, "fwd=uri-miss", "; hit")
	}
	fixture.AwaitShared(t, e["MARQUEE_REDIS_URL"], len(targets)/2)
	found := 0
	for _, target := range targets {
		if a := ask(second, target); fixture.SourceOf(a) == "SHARED" { // on a busy machine a call of Redis may run out of its time
			same(t, target, misses[target], a, "fwd=uri-miss", "detail=SHARED")
			found++
		}
	}
	if found < len(targets)/4 {
		t.Errorf("only %d of %d answers were found in Redis", found, len(targets))
	}
	compressed(t, misses["/2.0/movies"], method, encoding)
}

// compressed checks that the encoding asked for is the one that came.
func compressed(t *testing.T, a *fixture.Answer, method, encoding string) {
	t.Helper()
	want := encoding
	if encoding == "identity" {
		want = ""
	}
	if got := a.Header.Get("Content-Encoding"); got != want {
		t.Errorf("%s is encoded as %q, want %q", method, got, want)
	}
	if empty := len(a.Body) == 0; empty != (method == http.MethodHead) {
		t.Errorf("%s has a body of %d bytes", method, len(a.Body))
	}
}

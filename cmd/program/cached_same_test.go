package program

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"marquee/api"
	"marquee/deploy/devstack"
)

// everyRead lists a target for each route that is kept, with ids of the proof's
// first objects, and some more: parameters, and what is not there.
func everyRead() []string {
	targets := []string{
		"/2.0/movies?limit=2&offset=3&fields=title,genres", "/2.0/movies?genres=drama&sort=title", "/2.0/movies?q=ferry",
		"/2.0/movies/1?fields=title", "/2.0/movies/4711", "/2.0/genres/none", "/2.0/series/4711/seasons",
	}
	ids := strings.NewReplacer("{genre_id}", "drama", "{movie_id}", "1", "{person_id}", "1", "{serie_id}", "1", "{season_id}", "1", "{episode_id}", "1")
	for _, route := range api.Routes() {
		if kept := route.Kind == api.ListPath || route.Kind == api.ObjectPath; kept && slices.Contains(route.Methods(), http.MethodHead) {
			targets = append(targets, ids.Replace(route.Template))
		}
	}
	return targets
}

// raw asks for a target in an encoding, and takes the bytes as they come.
func (s site) raw(ctx context.Context, method, target, encoding string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.base+target, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept-Encoding", encoding)
	r.Header.Set("X-Request-Id", "proof") // a problem shows it
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return &answer{response.StatusCode, response.Header, body}, err
}

// same fails the test unless two answers are equal but for their age and how
// they came about, which has to contain what is said of each.
func same(t *testing.T, what string, miss, hit *answer, missed, kept string) {
	t.Helper()
	contains(t, miss.header.Get("Cache-Status"), missed)
	contains(t, hit.header.Get("Cache-Status"), kept)
	a, b := maps.Clone(miss.header), maps.Clone(hit.header)
	for _, name := range []string{"Age", "Date", "Cache-Status"} {
		a.Del(name)
		b.Del(name)
	}
	if miss.status != hit.status || !reflect.DeepEqual(a, b) || !bytes.Equal(miss.body, hit.body) {
		t.Errorf("%s: a miss and a hit differ:\n%d %v %d bytes\n%d %v %d bytes", what, miss.status, a, len(miss.body), hit.status, b, len(hit.body))
	}
	if got := hit.header.Get("Age"); got != "0" { // it was validated
		t.Errorf("%s: a hit has the age %q", what, got)
	}
}

// A hit is a miss, in status, headers and body, in each encoding and for HEAD as
// well, whether it comes from memory or from another process through Redis. The
// limits are those of the product: only a miss is counted, and does not say so.
func TestHitEqualsMiss(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	s := startServing(t, e)
	newProofWriter(t, site{s.base, newToken(t, e)}, newRandom())
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
func compareHits(t *testing.T, e environment, method, encoding string) {
	e = maps.Clone(e)
	e["MARQUEE_REDIS_URL"] = devstack.StartRedis(t).URL()
	first, second := startRole(t, e, "api", "--listen", "127.0.0.1:0"), startRole(t, e, "api", "--listen", "127.0.0.1:0")
	targets := everyRead()
	misses := map[string]*answer{}
	ask := func(s *serving, target string) *answer {
		t.Helper()
		a, err := s.raw(t.Context(), method, target, encoding)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, target := range targets {
		misses[target] = ask(first, target)
		hit := ask(first, target)
		for sourceOf(hit) == "UNCHECKED" { // on a busy machine the log may not be read for a second
			hit = ask(first, target)
		}
		same(t, target, misses[target], hit, "fwd=uri-miss", "; hit")
	}
	filled(t, e["MARQUEE_REDIS_URL"], len(targets)/2)
	found := 0
	for _, target := range targets {
		if a := ask(second, target); sourceOf(a) == "SHARED" { // on a busy machine a call of Redis may run out of its time
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
func compressed(t *testing.T, a *answer, method, encoding string) {
	t.Helper()
	want := encoding
	if encoding == "identity" {
		want = ""
	}
	if got := a.header.Get("Content-Encoding"); got != want {
		t.Errorf("%s is encoded as %q, want %q", method, got, want)
	}
	if empty := len(a.body) == 0; empty != (method == http.MethodHead) {
		t.Errorf("%s has a body of %d bytes", method, len(a.body))
	}
}

// answersIn opens a Redis of the test's own; keys are those of the answers in it.
func answersIn(t testing.TB, address string) (client *redis.Client, keys func() ([]string, error)) {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client = redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client, func() ([]string, error) { return client.Keys(t.Context(), "*:response:*").Result() }
}

// filled waits until a Redis of the test's own has at least so many answers.
func filled(t *testing.T, address string, answers int) {
	t.Helper()
	_, kept := answersIn(t, address)
	eventually(t, func() error {
		keys, err := kept()
		if err == nil && len(keys) < answers {
			err = fmt.Errorf("%d of %d answers are in Redis", len(keys), answers)
		}
		return err
	})
}

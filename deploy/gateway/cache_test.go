package gateway

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"

	"marquee/deploy/await"
)

// The gateway answers public requests as long as their Cache-Control says, with the
// API's headers and its own member of Cache-Status.
func TestCachesPublicAnswers(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Age", "3")
		w.Header().Set("RateLimit", `"address";r=9`)
		w.Header().Set("X-Request-Id", r.Header.Get("X-Request-Id"))
		public("s-maxage=60", "films")(w, r)
	})
	g := Start(t, Config{Programs: []string{o.address()}})
	client, url := g.Client(t, nil), g.URL+"/2.0/movies?q=a%20b&sort=title"
	first := get(t, client, url)
	if first.own() != "fwd=uri-miss" || first.Header.Get("RateLimit") == "" {
		t.Errorf("the first answer has %v, want fwd=uri-miss and RateLimit", first.Header)
	}
	second := get(t, client, url)
	if second.body != "films" || second.own() != "hit" || second.Header.Get("ETag") != `"films"` || second.Header.Get("Vary") != "Accept-Encoding" {
		t.Errorf("the second answer is %s with %v, want a hit with the API's headers", second.body, second.Header)
	}
	if status := second.Header.Values("Cache-Status"); len(status) != 2 || status[0] != "Marquee; hit" {
		t.Errorf("Cache-Status is %q, want the member of the API first", status)
	}
	if second.Header.Get("Age") != "" || second.Header.Get("RateLimit") != "" {
		t.Errorf("the second answer repeats Age or RateLimit of the first: %v", second.Header)
	}
	if a, b := first.Header.Values("X-Request-Id"), second.Header.Values("X-Request-Id"); len(a) != 1 || len(b) != 1 || a[0] == b[0] {
		t.Errorf("request ids are %q and %q, want two different ones", a, b)
	}
	if r := get(t, client, url, "If-None-Match", `"films"`); r.StatusCode != http.StatusNotModified || r.body != "" || r.own() != "hit" {
		t.Errorf("GET with the ETag got %d %s, want 304 and a hit", r.StatusCode, r.own())
	}
	if r := get(t, client, url, "If-None-Match", `"others"`); r.StatusCode != http.StatusOK {
		t.Errorf("GET with another ETag got %d, want 200", r.StatusCode)
	}
	if r := send(t, client, http.MethodHead, url, ""); r.ContentLength != int64(len("films")) || r.own() != "hit" {
		t.Errorf("HEAD got length %d and %s, want 5 and a hit", r.ContentLength, r.own())
	}
	if r := get(t, client, url, "Range", "bytes=0-1"); r.StatusCode != http.StatusOK || r.body != "films" {
		t.Errorf("GET with Range got %d %s, want the whole answer", r.StatusCode, r.body)
	}
	if n := len(o.requests()); n != 1 {
		t.Errorf("the process got %d requests, want 1", n)
	}
	if asked := o.requests()[0].RequestURI; asked != "/2.0/movies?q=a%20b&sort=title" {
		t.Errorf("the process got %s, want the target of the client", asked)
	}
}

// Requests with credentials or Min-Version go to the API with all their conditions,
// although the same URL is cached.
func TestCredentialsBypassTheCache(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=60", "public"))
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, nil)
	url := g.URL + "/2.0/movies"
	get(t, client, url)
	o.become(public("s-maxage=60", "fresh")) // as if even these were public
	for _, c := range []struct{ name, url, field, value string }{
		{"bearer", url, "Authorization", "Bearer mq_X"},
		{"OAuth", url, "Authorization", `OAuth oauth_consumer_key="x"`},
		{"Min-Version", url, "Min-Version", "7"},
		{"signed query", url + "?oauth_signature=x", "Accept", "*/*"},
		{"signed query, not first", url + "?limit=3&oauth_token=x", "Accept", "*/*"},
	} {
		for range 2 {
			before := len(o.requests())
			r := get(t, client, c.url, c.field, c.value, "If-None-Match", `"seen"`)
			if r.body != "fresh" || r.own() != "fwd=bypass" {
				t.Errorf("%s: got %s %s, want fresh and fwd=bypass", c.name, r.body, r.own())
			}
			asked := o.requests()
			if len(asked) != before+1 {
				t.Fatalf("%s: the process got %d requests, want 1", c.name, len(asked)-before)
			}
			if last := asked[before]; last.Header.Get(c.field) != c.value || last.Header.Get("If-None-Match") != `"seen"` {
				t.Errorf("%s: the process got %v, want the headers of the client", c.name, last.Header)
			}
		}
	}
	if r := get(t, client, url); r.body != "public" || r.own() != "hit" {
		t.Errorf("the public answer afterwards is %s %s, want the cached one", r.body, r.own())
	}
}

// Answers that do not allow shared caching are not cached.
func TestCachesNothingElse(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, nil)
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, nil)
	for i, lifetime := range []string{"private, max-age=0, must-revalidate", "no-store", "public, max-age=0, must-revalidate", ""} {
		o.become(func(w http.ResponseWriter, _ *http.Request) {
			if lifetime != "" {
				w.Header().Set("Cache-Control", lifetime)
			}
			w.Header().Set("ETag", `"x"`)
			_, _ = io.WriteString(w, "once")
		})
		for range 2 {
			if r := get(t, client, g.URL+"/2.0/movies?offset="+strconv.Itoa(i)); r.own() != "fwd=uri-miss" {
				t.Errorf("Cache-Control %q: got %s, want fwd=uri-miss", lifetime, r.own())
			}
		}
	}
}

// Each coding has one cached form, shared by all spellings of Accept-Encoding.
func TestEncodings(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, func(w http.ResponseWriter, r *http.Request) {
		accept := r.Header.Get("Accept-Encoding")
		if accept == "gzip" {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			_, _ = z.Write([]byte("text"))
			_ = z.Close()
			w.Header().Set("Content-Encoding", "gzip")
			public("s-maxage=60", b.String())(w, r)
			return
		}
		public("s-maxage=60", "form for "+accept)(w, r)
	})
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, nil)
	for _, c := range []struct{ accept, passed, own string }{
		{"gzip, deflate, br, zstd", "br", "fwd=uri-miss"},
		{"br", "br", "hit"},
		{"gzip,br", "br", "hit"},
		{"zstd, gzip", "zstd", "fwd=uri-miss"},
		{"", "", "fwd=uri-miss"},
		{"identity", "", "hit"},
		{"brotli", "", "hit"},
		{"*", "*", "fwd=uri-miss"},
		{"br;q=0, *", "br;q=0, *", "fwd=uri-miss"},
		{"gzip;q=0.5", "gzip;q=0.5", "fwd=uri-miss"},
	} {
		r := get(t, client, g.URL+"/2.0/movies", "Accept-Encoding", c.accept)
		if r.body != "form for "+c.passed || r.own() != c.own {
			t.Errorf("Accept-Encoding %q: got %q %s, want form for %s and %s", c.accept, r.body, r.own(), c.passed, c.own)
		}
	}
	for _, accept := range []string{"gzip, deflate", "x-gzip", "deflate,gzip"} {
		r := get(t, client, g.URL+"/2.0/movies", "Accept-Encoding", accept)
		z, err := gzip.NewReader(strings.NewReader(r.body))
		if err != nil {
			t.Fatalf("Accept-Encoding %q: %v in body %q", accept, err, r.body)
		}
		if text, err := io.ReadAll(z); err != nil || string(text) != "text" || r.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("Accept-Encoding %q: got %q, error %v, header %v, want gzip of text", accept, text, err, r.Header)
		}
	}
}

// A stale answer is served while it is refreshed, as long as its Cache-Control says. A
// 404 replaces it.
func TestRefreshes(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=1, stale-while-revalidate=60", "old"))
	g := Start(t, Config{Programs: []string{o.address()}})
	client, url := g.Client(t, nil), g.URL+"/2.0/movies/1"
	get(t, client, url)
	o.become(public("s-maxage=60", "new"))
	seen := map[string]bool{}
	await.True(t, "the new answer", func() bool {
		r := get(t, client, url)
		seen[r.body+" "+r.own()] = true
		return r.body == "new"
	})
	for _, want := range []string{"old hit; detail=STALE", "new hit"} { // no client waited for it
		if !seen[want] {
			t.Errorf("no answer %q among %v", want, seen)
		}
	}
	gone := g.URL + "/2.0/movies/2"
	o.become(public("s-maxage=1, stale-if-error=43200", "here"))
	get(t, client, gone)
	o.become(says(http.StatusNotFound))
	await.True(t, "404", func() bool { return get(t, client, gone).StatusCode == http.StatusNotFound })
	if r := get(t, client, gone); r.StatusCode != http.StatusNotFound {
		t.Errorf("a deleted object is answered again: %s", r.body)
	}
}

// The last good answer replaces an error of a process. Without any process, it does so
// only if its Cache-Control has stale-if-error.
func TestStaleIfError(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, public("s-maxage=1, stale-if-error=43200", "good"))
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, nil)
	may, mayNot := g.URL+"/2.0/movies", g.URL+"/2.0/genres"
	get(t, client, may)
	o.become(public("s-maxage=1", "strict"))
	get(t, client, mayNot)
	for _, status := range []int{http.StatusInternalServerError, http.StatusServiceUnavailable} {
		o.become(says(status))
		await.True(t, "the last good answer", func() bool { return get(t, client, may).own() == "hit; detail=STALE" })
		if r := get(t, client, g.URL+"/2.0/persons"); r.StatusCode != status {
			t.Errorf("a target without an answer got %d, want %d", r.StatusCode, status)
		}
	}
	// Collections turn with the clock: their answers replace an error for as long as they say.
	turns := g.URL + "/2.0/collections"
	o.become(public("s-maxage=1, must-revalidate", "before"))
	get(t, client, turns)
	o.become(says(http.StatusServiceUnavailable))
	await.True(t, "503 after the turn", func() bool { return get(t, client, turns).StatusCode == http.StatusServiceUnavailable })

	o.become(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }) // a closed server's address could be given to another test
	for range 10 {
		if r := get(t, client, may); r.StatusCode != http.StatusOK || r.body != "good" {
			t.Fatalf("without a process: got %d %s, want good", r.StatusCode, r.body)
		}
	}
	await.True(t, "a refusal", func() bool { // the answer may have been cached a moment later
		r := get(t, client, mayNot)
		return r.StatusCode == http.StatusServiceUnavailable && strings.Contains(r.body, "/problems/unavailable")
	})
}

// One of many concurrent requests for an uncached answer goes to the process. The others
// wait for a second. A busy machine may take longer, so one success of five tries is enough.
func TestColdAnswersAreReadOnce(t *testing.T) {
	t.Parallel()
	o := newOrigin(t, nil)
	g := Start(t, Config{Programs: []string{o.address()}})
	client := g.Client(t, nil)
	var asked []int
	for try := range 5 {
		asked = append(asked, askedByCrowd(t, o, client, g.URL+"/2.0/movies?offset="+strconv.Itoa(try)))
		if asked[try] == 1 {
			return
		}
	}
	t.Errorf("the process got %d requests in five tries, want 1 in one of them", asked)
}

// askedByCrowd returns the number of requests to the process when 30 clients request the
// same target at the same time.
func askedByCrowd(t *testing.T, o *origin, client *http.Client, url string) int {
	t.Helper()
	before, release := len(o.requests()), make(chan struct{})
	o.become(func(w http.ResponseWriter, r *http.Request) {
		<-release
		public("s-maxage=60", "films")(w, r)
	})
	var done sync.WaitGroup
	for range 30 {
		done.Go(func() {
			if r := get(t, client, url); r.body != "films" {
				t.Errorf("got %d %s, want films", r.StatusCode, r.body)
			}
		})
	}
	await.True(t, "the first request", func() bool { return len(o.requests()) > before })
	close(release)
	done.Wait()
	return len(o.requests()) - before
}

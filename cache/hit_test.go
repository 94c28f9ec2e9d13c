package cache

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/cache/encoding"
)

// long is a text that shrinks.
var long = strings.Repeat(`{"title":"The Third Man","year":1949},`, 40)

// seen is an answer without the parts that may differ between a hit and a miss.
type seen struct {
	Status int
	Header http.Header
	Body   string
}

func see(r answer) seen {
	header := r.Header.Clone()
	for _, name := range []string{"Age", "Date", "Cache-Status"} {
		header.Del(name)
	}
	body := r.Body
	if id := header.Get("X-Request-Id"); id != "" { // a problem has the id in its body, too
		header.Set("X-Request-Id", "ID")
		body = strings.ReplaceAll(body, id, "ID")
	}
	return seen{r.StatusCode, header, body}
}

// A hit equals a miss, for every method, encoding and condition.
func TestHitEqualsMiss(t *testing.T) {
	t.Parallel()
	for _, text := range []string{long, "short", ""} { // the last is a 404
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			for _, accept := range []string{"", "gzip", "br", "zstd", "gzip, br", "identity;q=0, gzip", "*;q=0"} {
				for _, condition := range [][]string{
					nil, {"If-None-Match", "*"}, {"If-None-Match", `"5-abc"`}, {"If-None-Match", `"1520-abc-gzip"`},
					{"If-Modified-Since", "Sat, 01 Nov 2025 10:00:00 GMT"}, {"Range", "bytes=0-3"},
					{"Cache-Control", "no-cache"}, {"Pragma", "no-cache"},
				} {
					header := append([]string{"Accept-Encoding", accept}, condition...)
					synctest.Test(t, func(t *testing.T) { hitEqualsMiss(t, text, method, header) })
				}
			}
		}
	}
}

func hitEqualsMiss(t *testing.T, text, method string, header []string) {
	s := newProcess(t, newCatalogue(), nil)
	s.put("film", text)
	missed := s.send(method, "/film", header...)
	time.Sleep(3 * time.Second)
	hit := s.send(method, "/film", header...)
	if got := s.origin.count(); got != 1 {
		t.Fatalf("%s %q: got %d reads, want 1", method, header, got)
	}
	if diff := cmp.Diff(see(missed), see(hit)); diff != "" {
		t.Errorf("%s %q: a hit differs from a miss (-miss +hit):\n%s", method, header, diff)
	}
	if missed.Header["Age"] != nil || hit.Header.Get("Age") != "0" { // the check validates a hit
		t.Errorf("got age %q for the miss and %q for the hit", missed.Header["Age"], hit.Header.Get("Age"))
	}
	if got := missed.Header.Get("Cache-Status"); got != "Marquee; fwd=uri-miss; stored" {
		t.Errorf("got Cache-Status %q for the miss", got)
	}
	if got := hit.Header.Get("Cache-Status"); !strings.HasPrefix(got, "Marquee; hit; ttl=") {
		t.Errorf("got Cache-Status %q for the hit", got)
	}
	if a, b := missed.Header.Get("X-Request-Id"), hit.Header.Get("X-Request-Id"); (a != b) != (hit.StatusCode == http.StatusNotFound) {
		t.Errorf("got request ids %q and %q with status %d", a, b, hit.StatusCode)
	}
}

func TestEncodedReplies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newProcess(t, newCatalogue(), nil)
		s.put("film", long)
		plain := s.get("/film")
		for e := range encoding.Encoding(encoding.Count) {
			name := e.String()
			for range 2 {
				r := s.get("/film", "Accept-Encoding", name)
				if r.Header.Get("Content-Encoding") != name || r.Body != string(encoding.Encode(e, []byte(long))) {
					t.Errorf("%s: got another body or encoding", name)
				}
				want := strings.TrimSuffix(plain.Header.Get("Etag"), `"`) + "-" + name + `"`
				if got := r.Header.Get("Etag"); got != want {
					t.Errorf("%s: got tag %s, want %s", name, got, want)
				}
				again := s.get("/film", "Accept-Encoding", name, "If-None-Match", want)
				if again.StatusCode != http.StatusNotModified || again.Header.Get("Etag") != want {
					t.Errorf("%s: got %d %s for its own tag, want 304", name, again.StatusCode, again.Header.Get("Etag"))
				}
			}
		}
	})
}

func TestNotModifiedHasTheHeadersOfRFC9110(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newProcess(t, newCatalogue(), nil)
		s.put("film", long)
		for range 2 {
			r := s.get("/film", "If-None-Match", `"1520-abc"`)
			if r.StatusCode != http.StatusNotModified {
				t.Fatalf("got status %d, want 304", r.StatusCode)
			}
			for _, name := range []string{"Cache-Control", "Etag", "Last-Modified", "Vary", "Access-Control-Allow-Origin", "Cache-Status"} {
				if r.Header[name] == nil {
					t.Errorf("got no %s", name)
				}
			}
			for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Link", "X-Request-Id"} {
				if r.Header[name] != nil {
					t.Errorf("got %s: %s", name, r.Header.Get(name))
				}
			}
		}
	})
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newProcess(t, newCatalogue(), nil)
		for _, c := range []struct {
			given string
			taken bool
		}{
			{"first", true}, {"gateway-1.2_x", true}, {strings.Repeat("a", 64), true},
			{strings.Repeat("a", 65), false}, {"a b", false}, {"a\x00", false}, {"ä", false}, {"", false},
		} {
			for _, target := range []string{"/none", "/none"} { // a 404 has the id in its body
				r := s.get(target, "X-Request-Id", c.given)
				id := r.Header.Get("X-Request-Id")
				if c.taken != (id == c.given) || id == "" {
					t.Errorf("%q: got id %q", c.given, id)
				}
				if want := `{"meta":{"request_id":"` + id + `"},"status":404}`; r.Body != want {
					t.Errorf("%q: got body %s, want %s", c.given, r.Body, want)
				}
			}
		}
		if got := s.origin.count(); got != 1 {
			t.Errorf("got %d reads", got)
		}
	})
}

// An error whose body contains the request id twice is not stored: one of them may be a
// word of the text.
func TestAmbiguousIDIsNotStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newProcess(t, newCatalogue(), nil)
		s.get("/none", "X-Request-Id", "meta")
		if got := see(s.get("/none")); got.Body != `{"meta":{"request_id":"ID"},"status":404}` {
			t.Errorf("got body %s", got.Body)
		}
		if got := s.origin.count(); got != 2 {
			t.Errorf("got %d reads", got)
		}
	})
}

// discard is a client without a network.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// A hit allocates the texts of its Cache-Status and Age, and their values, also when the
// answer turns or is made of parts. Not parallel: it counts the allocations of the process.
func TestHotHitAllocations(t *testing.T) {
	for _, text := range []string{long, turning(long, time.Now().Add(time.Hour), ""), "=part"} {
		s := newProcess(t, newCatalogue(), nil)
		s.put("part", long)
		s.put("film", text)
		r, w := hotRequest(s)
		if got := testing.AllocsPerRun(200, func() { s.ServeHTTP(w, r) }); got > 3 {
			t.Errorf("%.10s: got %v allocations, want at most 3", text, got)
		}
	}
}

func hotRequest(s *process) (*http.Request, *discard) {
	r := httptest.NewRequest(http.MethodGet, "/film", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	w := &discard{header: http.Header{}}
	s.ServeHTTP(w, r)
	return r, w
}

func BenchmarkHotHit(b *testing.B) { benchmarkHit(b, long) }

// BenchmarkTurningHit measures hits of an answer that turns and is made of a part.
func BenchmarkTurningHit(b *testing.B) { benchmarkHit(b, "=part") }

func benchmarkHit(b *testing.B, text string) {
	s := newProcess(b, newCatalogue(), func(c *Config) { c.Observe = nil })
	s.put("part", turning(long, time.Now().Add(time.Hour), ""))
	s.put("film", text)
	r, w := hotRequest(s)
	b.ReportAllocs()
	for b.Loop() {
		s.ServeHTTP(w, r)
	}
}

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

// seen is what a client sees of an answer, but for what may differ between a
// hit and a miss.
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
	if id := header.Get("X-Request-Id"); id != "" { // a problem has the request's in both
		header.Set("X-Request-Id", "ID")
		body = strings.ReplaceAll(body, id, "ID")
	}
	return seen{r.StatusCode, header, body}
}

// A hit equals a miss, whatever of it is asked for.
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
		t.Fatalf("%s %q: %d reads of the origin", method, header, got)
	}
	if diff := cmp.Diff(see(missed), see(hit)); diff != "" {
		t.Errorf("%s %q: a hit differs from a miss (-miss +hit):\n%s", method, header, diff)
	}
	if missed.Header["Age"] != nil || hit.Header.Get("Age") != "0" { // the hit was validated
		t.Errorf("age of the miss %q, of the hit %q", missed.Header["Age"], hit.Header.Get("Age"))
	}
	if got := missed.Header.Get("Cache-Status"); got != "Marquee; fwd=uri-miss; stored" {
		t.Errorf("the miss says %q", got)
	}
	if got := hit.Header.Get("Cache-Status"); !strings.HasPrefix(got, "Marquee; hit; ttl=") {
		t.Errorf("the hit says %q", got)
	}
	if a, b := missed.Header.Get("X-Request-Id"), hit.Header.Get("X-Request-Id"); (a != b) != (hit.StatusCode == http.StatusNotFound) {
		t.Errorf("request ids %q and %q of %d", a, b, hit.StatusCode)
	}
}

func TestFormsDecodeToTheBody(t *testing.T) {
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
					t.Errorf("%s: wrong body", name)
				}
				want := strings.TrimSuffix(plain.Header.Get("Etag"), `"`) + "-" + name + `"`
				if got := r.Header.Get("Etag"); got != want {
					t.Errorf("%s: tag %s, want %s", name, got, want)
				}
				again := s.get("/film", "Accept-Encoding", name, "If-None-Match", want)
				if again.StatusCode != http.StatusNotModified || again.Header.Get("Etag") != want {
					t.Errorf("%s: %d %s for its own tag", name, again.StatusCode, again.Header.Get("Etag"))
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
				t.Fatalf("status %d", r.StatusCode)
			}
			for _, name := range []string{"Cache-Control", "Etag", "Last-Modified", "Vary", "Access-Control-Allow-Origin", "Cache-Status"} {
				if r.Header[name] == nil {
					t.Errorf("no %s", name)
				}
			}
			for _, name := range []string{"Content-Type", "Content-Length", "Content-Encoding", "Link", "X-Request-Id"} {
				if r.Header[name] != nil {
					t.Errorf("%s: %s", name, r.Header.Get(name))
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
			for _, target := range []string{"/none", "/none"} { // a 404 names the id in its body
				r := s.get(target, "X-Request-Id", c.given)
				id := r.Header.Get("X-Request-Id")
				if c.taken != (id == c.given) || id == "" {
					t.Errorf("%q: the id is %q", c.given, id)
				}
				if want := `{"meta":{"request_id":"` + id + `"},"status":404}`; r.Body != want {
					t.Errorf("%q: body %s, want %s", c.given, r.Body, want)
				}
			}
		}
		if got := s.origin.count(); got != 1 {
			t.Errorf("%d reads", got)
		}
	})
}

// An id that is a word of the body cannot be told from it: such an answer is
// not kept.
func TestAmbiguousIDIsNotStored(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newProcess(t, newCatalogue(), nil)
		s.get("/none", "X-Request-Id", "meta")
		if got := see(s.get("/none")); got.Body != `{"meta":{"request_id":"ID"},"status":404}` {
			t.Errorf("body %s", got.Body)
		}
		if got := s.origin.count(); got != 2 {
			t.Errorf("%d reads", got)
		}
	})
}

// discard is a client without a network.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(int)             {}

// A hot hit may allocate five times: the status and age, their values, the id.
func TestHotHitAllocations(t *testing.T) {
	s := newProcess(t, newCatalogue(), nil)
	s.put("film", long)
	r, w := hotRequest(s)
	if got := testing.AllocsPerRun(200, func() { s.ServeHTTP(w, r) }); got > 5 {
		t.Errorf("%v allocations", got)
	}
}

func hotRequest(s *process) (*http.Request, *discard) {
	r := httptest.NewRequest(http.MethodGet, "/film", nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	w := &discard{header: http.Header{}}
	s.ServeHTTP(w, r)
	return r, w
}

func BenchmarkHotHit(b *testing.B) {
	s := newProcess(b, newCatalogue(), func(c *Config) { c.Observe = nil })
	s.put("film", long)
	r, w := hotRequest(s)
	b.ReportAllocs()
	for b.Loop() {
		s.ServeHTTP(w, r)
	}
}

package metric

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/api"
	"marquee/api/route"
	"marquee/cache"
)

// series returns the values of a metric by the joined values of its labels. The value of
// a histogram is its number of observations. Zeros are omitted.
func series(t *testing.T, m *Registry, name string) map[string]float64 {
	t.Helper()
	families, err := m.registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]float64{}
	for _, f := range families {
		if f.GetName() != "marquee_"+name {
			continue
		}
		for _, s := range f.GetMetric() {
			var values []string
			for _, l := range s.GetLabel() {
				values = append(values, l.GetValue())
			}
			n := s.GetCounter().GetValue() + s.GetGauge().GetValue() + float64(s.GetHistogram().GetSampleCount())
			if n != 0 {
				found[strings.Join(values, " ")] = n
			}
		}
	}
	return found
}

const film = "/2.0/movies/{movie_id}"

func filmNumber(t testing.TB) int {
	t.Helper()
	for i, r := range route.Table() {
		if r.Template == film && r.Number == i {
			return i
		}
	}
	t.Fatalf("got no route %s", film)
	return 0
}

func TestRequestsAreCountedOnce(t *testing.T) {
	t.Parallel()
	m := New()
	q := m.Requests()
	number := filmNumber(t)
	for _, e := range []cache.Event{
		{Result: cache.Hit, Method: "GET", Route: film, Status: 200, Took: time.Millisecond},
		{Result: cache.Hit, Method: "GET", Route: film, Status: 200},
		{Result: cache.Hit, Method: "HEAD", Route: film, Status: 304},
		{Result: cache.HitShared, Method: "GET", Route: film, Status: 200},
		{Result: cache.Bypassed, Method: "GET", Route: film, Status: 503, CallerFault: true},
		{Result: cache.Left, Method: "GET", Route: film, Status: 499},
		{Result: cache.Bypassed, Method: "GET", Route: film, Status: 0},
		{Result: cache.Refused, Method: "GET", Route: film},
		{Result: cache.Refreshed},
		{Result: cache.Result(255)}, // an unknown result
	} {
		e.RouteNumber = number
		q.Cached(e)
	}
	for _, e := range []api.Event{
		{Route: film, Method: "GET", Status: 429},                  // not admitted
		{Route: film, Method: "GET", Status: 200, FromCache: true}, // counted by Cached
		{Route: "/2.0/movies", Method: "POST", Status: 201},
		{Route: "/2.0/movies", Method: "POST", Status: 401, Refusal: api.NoCredentials},
		{Route: film, Method: "GET", Status: 403, FromCache: true, Refusal: "nonce_used"},
		{Route: "/2.0/movies", Method: "POST", Status: 507, CallerFault: true},
		{Route: "", Method: "GET", Status: 404},
		{Route: "/2.0/made/up/by/a/client", Method: "BREW", Status: 404},
	} {
		q.Answered(e)
	}
	for name, want := range map[string]map[string]float64{
		"http_request_duration_seconds": {
			"GET " + film + " 2xx": 3, "HEAD " + film + " 3xx": 1, "GET " + film + " 4xx": 3, "GET " + film + " 5xx": 1,
			"POST /2.0/movies 2xx": 1, "POST /2.0/movies 4xx": 2, "GET unmatched 4xx": 1, "other unmatched 4xx": 1,
		},
		"cache_requests_total": {
			"memory hit": 3, "redis hit_shared": 1, "none client_left": 1, "origin bypass": 2, "none refused": 1,
		},
		"cache_background_total": {"refreshed": 1},
		"auth_refusals_total":    {"unauthorized": 1, "nonce_used": 1},
	} {
		if diff := cmp.Diff(want, series(t, m, name)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestPagesAreCounted(t *testing.T) {
	t.Parallel()
	m := New()
	h := m.Requests().Pages(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/docs/missing" {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte("page"))
	}))
	for _, path := range []string{"/docs", "/docs/a.css", "/docs/missing", "/openapi.json", "/docsabout", "/2.0/movies"} {
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody))
	}
	want := map[string]float64{"GET /docs 2xx": 2, "GET /docs 4xx": 1, "GET /openapi.json 2xx": 1}
	if diff := cmp.Diff(want, series(t, m, "http_request_duration_seconds")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Results of requests have a level, results of background work have none.
func TestLevels(t *testing.T) {
	t.Parallel()
	for i := range 256 {
		r := cache.Result(i)
		if r.String() != "" && (levels[r] != "") != (r < cache.Refreshed) {
			t.Errorf("%s: got the level %q, want one exactly for results of requests", r, levels[r])
		}
	}
}

// Counting a request does not allocate after its series exists.
func TestCountingAllocatesNothing(t *testing.T) {
	q := New().Requests()
	e := cache.Event{Result: cache.Hit, Method: http.MethodGet, RouteNumber: filmNumber(t), Status: http.StatusOK, Took: time.Millisecond}
	if n := testing.AllocsPerRun(100, func() { q.Cached(e) }); n != 0 {
		t.Errorf("got %v allocations, want 0", n)
	}
}

// BenchmarkCached measures the cost of metrics for a hit.
func BenchmarkCached(b *testing.B) {
	q := New().Requests()
	e := cache.Event{Result: cache.Hit, Method: http.MethodGet, RouteNumber: filmNumber(b), Status: http.StatusOK, Took: 20 * time.Microsecond}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			q.Cached(e)
		}
	})
}

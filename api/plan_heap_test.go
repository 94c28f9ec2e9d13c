package api_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"marquee/api"
	"marquee/cache"
	"marquee/cache/plan"
	"marquee/storage"
)

var far = &storage.Document{Noun: storage.Movie, ID: "0", Fields: map[string]any{"title": "0"}}

// restless is a log that always has a new change, which touches nothing. Every hit is
// checked again.
type restless struct{ stamp uint64 }

func (r *restless) Stamp() uint64 { r.stamp++; return r.stamp }
func (*restless) Current() bool   { return true }

func (*restless) Check(subject any, _ plan.Source, asOf int64, _ string) (int64, bool) {
	subject.(interface {
		Touched(c *storage.Change) bool
	}).Touched(&storage.Change{Noun: storage.Movie, IDs: []string{"0"}, Operation: storage.Update, After: far})
	return asOf, true
}

// heap returns the live memory in bytes.
func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC() // what was pooled or had a finalizer goes with the second
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// greedy is a kind of request whose plans use much memory for their length. count of
// them fill twice the memory for plans of an 8 MiB cache.
type greedy struct {
	kind  string
	count int
	spell func() string
}

func greedyRequests(random *rand.Rand) []greedy {
	letters := func(n int) string {
		b := make([]byte, n)
		for i := range b {
			b[i] = 'a' + byte(random.IntN(26))
		}
		return string(b)
	}
	words := func(n, length int) string {
		all := make([]string, n)
		for i := range all {
			all[i] = letters(length)
		}
		return url.QueryEscape(strings.Join(all, " "))
	}
	return []greedy{
		{"objects", 3500, func() string { return fmt.Sprintf("/2.0/movies/%d", random.IntN(1<<30)) }},
		{"lists", 2200, func() string { return fmt.Sprintf("/2.0/movies?offset=%d&rating_from=5", random.IntN(1<<30)) }},
		{"short texts", 1000, func() string { return "/2.0/movies?q=" + words(1, 6) }},
		{"long texts", 200, func() string { return "/2.0/movies?q=" + words(13, 14) }},
		{"many words", 200, func() string { return "/2.0/movies?q=" + words(18, 5) }},
		{"expressions", 200, func() string {
			return "/2.0/movies?q_type=regex&q=" + url.QueryEscape(letters(9)+"(a|b|[c-z]{3,20}x){1,9}")
		}},
	}
}

// The cache uses about the configured memory, however clients spell their requests. Not
// parallel: it measures the heap of the process.
func TestHeapStaysWithinTheCachesMemory(t *testing.T) {
	const limit = 8 << 20
	body := make([]byte, 64<<10) // 115 such answers fill the rest
	for _, g := range greedyRequests(rand.New(rand.NewPCG(1, 2))) {
		t.Run(g.kind, func(t *testing.T) {
			before := heap()
			h, err := cache.New(cache.Config{
				Next: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
					plan.Describe(r.Context(), plan.Description{Lifetimes: plan.Lifetimes{Fresh: time.Hour}})
					_, _ = w.Write(body)
				}),
				Plan: newAPI(t, nil).(*api.API).Plan, Checker: new(restless), MemoryBytes: limit,
			})
			if err != nil {
				t.Fatal(err)
			}
			for range g.count {
				target := g.spell()
				for range 2 { // the second is a hit, which is checked
					h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, target, nil))
				}
			}
			took := heap() - before
			t.Logf("%d KiB, %+v", took>>10, h.Stats())
			if took > limit*13/10 {
				t.Errorf("%d bytes are in use, %d are allowed", took, limit)
			}
			if h.Stats().Evicted == 0 {
				t.Error("the memory was not filled")
			}
			if err := h.Close(t.Context()); err != nil {
				t.Fatal(err)
			}
		})
	}
}

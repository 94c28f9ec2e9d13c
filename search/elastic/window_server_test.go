package elastic_test

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/elastic"
	"marquee/storage"
)

// Counters change no version. Pages far down and lists by an expression show them, and
// filter by them, as soon as the number of flushes grows.
func TestFlushesEndWindows(t *testing.T) {
	t.Parallel()
	var flushes atomic.Int64
	alias := devstack.IndexPrefix(t) + "catalogue"
	c, err := elastic.Open(elastic.Config{URLs: []string{devstack.Elasticsearch(t)}, Alias: alias, Timeout: time.Minute,
		Indexed: func() int64 { return 1 }, Flushes: flushes.Load})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(await.Context(t)) })
	docs := manyFilms(120)
	index := fill(t, c, alias, docs...)
	one := int64(1)
	i := slices.IndexFunc(storage.Movie.Filters, func(f storage.Filter) bool { return f.Name == "likes" })
	liked := storage.Condition{Filter: &storage.Movie.Filters[i], Range: storage.Range{From: &one}}
	all := &storage.Query{Noun: storage.Movie, Limit: 100, Order: sortBy(storage.Movie, "title")}
	expression := *all
	expression.Text = &storage.TextQuery{Kind: storage.Regex, Query: "^Film"}
	deep, likedOnly, likedDeep := *all, expression, *all
	deep.Offset, likedDeep.Offset = 101, 101
	likedOnly.Conditions, likedDeep.Conditions = []storage.Condition{liked}, []storage.Condition{liked}
	queries := map[string]*storage.Query{"regex": &expression, "deep": &deep, "regex among liked": &likedOnly, "deep among liked": &likedDeep}
	for name, q := range queries {
		if page := list(t, c, q); strings.Contains(strings.Join(bodiesOf(page), ""), `"likes":1`) || len(q.Conditions) > 0 && page.Total != 0 {
			t.Errorf("%s, before the votes: got %d objects, want 0", name, page.Total)
		}
	}
	for _, d := range docs {
		d.Fields["likes"] = one
	}
	put(t, c, index, 1, docs...)
	flushes.Add(1)
	for name, q := range queries {
		page := list(t, c, q)
		shown := min(100, 120-q.Offset)
		if n := strings.Count(strings.Join(bodiesOf(page), ""), `"likes":1`); n != shown || page.Total != 120 {
			t.Errorf("%s: %d of %d films show their vote, of %d", name, n, shown, page.Total)
		}
	}
}

// call is a request that a client has made.
type call struct {
	path, preference, body string
}

// recorder is a proxy of Elasticsearch that records requests.
type recorder struct {
	url   string
	mu    sync.Mutex
	calls []call
	// pass, when set, is called with each request before it is forwarded.
	pass func(ctx context.Context, c call) bool
}

func record(t *testing.T) *recorder {
	t.Helper()
	target, err := url.Parse(devstack.Elasticsearch(t))
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	r := &recorder{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		b, err := io.ReadAll(request.Body)
		if err != nil {
			return // the client has left
		}
		request.Body = io.NopCloser(bytes.NewReader(b))
		made := call{request.URL.Path, request.URL.Query().Get("preference"), string(b)}
		r.mu.Lock()
		r.calls = append(r.calls, made)
		pass := r.pass
		r.mu.Unlock()
		if pass == nil || pass(request.Context(), made) {
			forward.ServeHTTP(w, request)
		}
	}))
	t.Cleanup(server.Close)
	r.url = server.URL
	return r
}

// taken returns the calls since the last call of taken, and sets pass for the next
// ones.
func (r *recorder) taken(pass func(context.Context, call) bool) []call {
	r.mu.Lock()
	defer r.mu.Unlock()
	calls := r.calls
	r.calls, r.pass = nil, pass
	return calls
}

// recorded returns a client of a recorder.
func recorded(t *testing.T) (*recorder, *elastic.Client, string) {
	t.Helper()
	r := record(t)
	alias := devstack.IndexPrefix(t) + "catalogue"
	c, err := elastic.Open(elastic.Config{URLs: []string{r.url}, Alias: alias, Indexed: func() int64 { return 1 }, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(await.Context(t)) })
	return r, c, alias
}

// All searches for the pages of a list ask the same replica, because replicas may rank
// differently.
func TestPagesPreferTheSameReplica(t *testing.T) {
	t.Parallel()
	r, c, alias := recorded(t)
	fill(t, c, alias, manyFilms(150)...)
	r.taken(nil)
	q := matching(storage.Movie, "film 7") // of the first page, the relaxed form is read
	for _, order := range []string{storage.Relevance.Name, "title"} {
		for _, offset := range []int{0, 10, 120} {
			q.Order, q.Offset, q.Limit = sortBy(storage.Movie, order), offset, 10
			list(t, c, q)
		}
	}
	preferences := map[string]int{}
	for _, made := range r.taken(nil) {
		search := strings.HasSuffix(made.path, "/_search") && !strings.Contains(made.body, `"pit"`)
		if search || strings.HasSuffix(made.path, "/_pit") && made.path != "/_pit" {
			preferences[made.preference]++
		}
	}
	if len(preferences) != 1 || preferences[""] > 0 {
		t.Errorf("searches by preference: %v, want one and the same", preferences)
	}
}

// A walk that runs out of time is continued by the next request.
func TestWalkIsContinued(t *testing.T) {
	t.Parallel()
	r, c, alias := recorded(t)
	docs := manyFilms(12_000)
	fill(t, c, alias, docs...)
	q := &storage.Query{Noun: storage.Movie, Limit: 10, Offset: 11_000, Order: sortBy(storage.Movie, "title")}
	ctx, cancel := context.WithCancel(await.Context(t))
	further := func(made call) bool { return strings.Contains(made.body, `"search_after"`) }
	r.taken(func(_ context.Context, made call) bool {
		if further(made) { // the first 10,000 lie behind it
			cancel()
			return false
		}
		return true
	})
	if _, err := c.List(ctx, q); err == nil {
		t.Fatal("a request that ended is answered")
	}
	r.taken(nil)
	page := list(t, c, q)
	want := slices.SortedFunc(slices.Values(docs), q.Order.Compare)[11_000:11_010]
	if !slices.Equal(bodiesOf(page), bodies(want)) || page.Total != len(docs) {
		t.Errorf("%v of %d", ids(page), page.Total)
	}
	for _, made := range r.taken(nil) {
		if strings.HasSuffix(made.path, "/_search") && !further(made) {
			t.Errorf("the walk began again: %s", made.body)
		}
	}
}

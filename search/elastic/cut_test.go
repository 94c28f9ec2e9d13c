package elastic_test

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/elastic"
	"marquee/storage"
)

// A search by an expression whose time ends while it reads candidates is an error, never
// a list of a part of them.
func TestRegexOutOfTimeIsAnError(t *testing.T) {
	t.Parallel()
	c, alias := open(t, nil)
	fill(t, c, alias, film(1, "Star", ""))
	target, err := url.Parse(devstack.Elasticsearch(t))
	if err != nil {
		t.Fatal(err)
	}
	var end context.CancelFunc
	forward := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), "_shard_doc") { // the reading of candidates
			end()
			<-r.Context().Done()
			return
		}
		r.Body, r.ContentLength = io.NopCloser(strings.NewReader(string(body))), int64(len(body))
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	slow, err := elastic.Open(elastic.Config{URLs: []string{proxy.URL}, Alias: alias, Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { slow.Close(await.Context(t)) })
	q := &storage.Query{Noun: storage.Movie, Limit: 10, Order: sortBy(storage.Movie, "title"),
		Text: &storage.TextQuery{Kind: storage.Regex, Query: "St.r", Accepts: func(string) bool { return true }}}
	for range 20 { // it is random which of two events comes first
		ctx, cancel := context.WithCancel(await.Context(t))
		end = cancel
		if page, err := slow.List(ctx, q); err == nil {
			t.Fatalf("got a page of %d objects, want an error", page.Total)
		}
	}
}

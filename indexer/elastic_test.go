package indexer_test

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/indexer/verify"
	"marquee/search"
	"marquee/search/elastic"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/poll"
	"marquee/storage/postgres"
	"marquee/storage/tail"
)

// openElastic returns a client of an alias.
func openElastic(t testing.TB, url, alias string, indexed func() int64) *elastic.Client {
	t.Helper()
	c, err := elastic.Open(elastic.Config{URLs: []string{url}, Alias: alias, Indexed: indexed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.WithoutCancel(t.Context())) })
	return c
}

// verified fails unless the whole index agrees with the store.
func verified(t testing.TB, x *running) {
	t.Helper()
	r, err := x.Verify(await.Context(t))
	if err != nil || !r.Clean() || r.Objects == 0 || r.Counts[verify.Unsettled] > 0 {
		t.Errorf("Verify: got %v, %v; want a clean report", r, err)
	}
}

// spoiler spoils the documents of some objects, so that Elasticsearch refuses them.
type spoiler struct{ search.Index }

func (s spoiler) Bulk(ctx context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	ops = slices.Clone(ops)
	for i := range ops {
		if d := ops[i].Document; d != nil && strings.HasPrefix(d.Label(), "Bad") {
			spoilt := *d
			spoilt.Fields = maps.Clone(d.Fields)
			spoilt.Fields["release_year"] = "no number"
			ops[i].Document = &spoilt
		}
	}
	return s.Index.Bulk(ctx, index, ops)
}

func TestElasticsearchFollowsAndIsRebuilt(t *testing.T) {
	t.Parallel()
	prefix := devstack.IndexPrefix(t)
	s := open(t)
	c := openElastic(t, devstack.Elasticsearch(t), prefix+"a", nil)
	config := indexer.Config{Store: s, Index: spoiler{c}, Prefix: prefix + "a-"}
	bring(t, s, "file", 3000)
	x := start(t, config)
	x.caughtUp(s)
	verified(t, x)

	gone := must(t, s, storage.Create, storage.Movie, "", `{"title": "Gone", "starring": [{"name": "Zoe"}]}`).Object.ID
	must(t, s, storage.Delete, storage.Movie, gone, "")
	must(t, s, storage.Update, storage.Person, "1", `{"name": "Renamed"}`) // touches hundreds
	must(t, s, storage.Update, storage.Genre, "drama", `{"name": "Dramatic"}`)
	bad := must(t, s, storage.Create, storage.Movie, "", `{"title": "Bad"}`).Object.ID
	must(t, s, storage.Create, storage.Serie, "", `{"title": "A series", "genres": ["drama"]}`)
	x.caughtUp(s)
	r, err := x.Verify(await.Context(t))
	if err != nil || !r.Agrees() || r.Counts[verify.Refused] != 1 || r.Differences[0].ID != bad || x.Stats().Dead != 1 {
		t.Errorf("Verify: got %v, %v, %+v; want movie %s refused", r, err, r.Differences, bad)
	}
	must(t, s, storage.Update, storage.Movie, bad, `{"title": "Good now"}`)
	x.caughtUp(s)
	verified(t, x)

	far := readFar(t, openElastic(t, devstack.Elasticsearch(t), prefix+"a", func() int64 { return 1 }), 3001)
	for range 2 { // the second removes the index that the searches began with
		if err := x.Rebuild(await.Context(t)); err != nil {
			t.Fatal(err)
		}
	}
	if pages := far(); pages < 2 {
		t.Errorf("%d pages were read meanwhile, want at least 2", pages)
	}
	bring(t, s, "more", 1200)
	if err := x.Rollback(await.Context(t)); err != nil {
		t.Fatal(err)
	}
	x.caughtUp(s)
	verified(t, x)
	p, err := c.List(await.Context(t), &storage.Query{Noun: storage.Movie, Limit: 1, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}})
	if err != nil || p.Total != 4201 {
		t.Errorf("got %+v, %v; want 4201 movies", p, err)
	}
}

// older is an index of an earlier release, with another mapping.
type older struct {
	search.Index
	url string
}

func (older) Mapping() string { return "older" }

func (o older) CreateIndex(ctx context.Context, name string) error {
	body := fmt.Sprintf(`{"aliases": {"%s.write": {}}, "settings": {"number_of_replicas": 0},
		"mappings": {"_meta": {"mapping": "older"}, "properties": {"checksum": {"type": "keyword"}}}}`, name)
	r, err := http.NewRequestWithContext(ctx, http.MethodPut, o.url+"/"+name, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err == nil {
		response.Body.Close()
	}
	return err
}

// An index of another mapping is replaced while writes go on, and none of them is lost.
func TestIndexOfAnotherMappingIsReplacedUnderWrites(t *testing.T) {
	t.Parallel()
	prefix := devstack.IndexPrefix(t)
	s := open(t)
	c := openElastic(t, devstack.Elasticsearch(t), prefix+"a", nil)
	bring(t, s, "file", 2000)
	x := start(t, indexer.Config{Store: s, Index: older{c, devstack.Elasticsearch(t)}, Prefix: prefix + "a-"})
	x.caughtUp(s)
	verified(t, x)
	x.stop()
	old, err := c.Alias(await.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(await.Context(t))
	defer stop()
	written := make(chan int)
	go func() {
		n := 0
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for ; ctx.Err() == nil; n++ {
			movie := must(t, s, storage.Create, storage.Movie, "", `{"title": "Written meanwhile"}`).Object.ID
			must(t, s, storage.Update, storage.Movie, movie, fmt.Sprintf(`{"title": "Written meanwhile %d"}`, n))
			<-tick.C
		}
		written <- n
	}()
	x = start(t, indexer.Config{Store: s, Index: c, Prefix: prefix + "a-"})
	x.until("another index is used", func() bool {
		now, err := c.Alias(await.Context(t))
		return err == nil && now != old
	})
	stop()
	n := <-written
	x.caughtUp(s)
	verified(t, x)
	if n == 0 {
		t.Error("nothing was written meanwhile")
	}
	text := &storage.TextQuery{Kind: storage.Match, Query: "written meanwhile"}
	p, err := c.List(await.Context(t), &storage.Query{Noun: storage.Movie, Limit: 1, Order: storage.Order{Sort: &storage.Relevance}, Text: text})
	if err != nil || p.Total != n {
		t.Errorf("got %+v, %v; want the %d movies that were written", p, err, n)
	}
}

// readFar reads pages far down a list of total films until stop is called, which returns
// the number of pages.
func readFar(t testing.TB, c *elastic.Client, total int) (stop func() int) {
	ctx, cancel := context.WithCancel(await.Context(t))
	ended := make(chan int)
	go func() {
		pages := 0
		for ; ctx.Err() == nil; pages++ {
			q := &storage.Query{Noun: storage.Movie, Offset: 2000 + pages%10, Limit: 10, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}}
			p, err := c.List(ctx, q)
			if ctx.Err() == nil && (err != nil || p.Total != total || len(p.Objects) != 10) {
				t.Errorf("offset %d: %+v, %v", q.Offset, p, err)
			}
		}
		ended <- pages
	}()
	return func() int { cancel(); return <-ended }
}

// The indexer recovers by itself when Elasticsearch freezes, is killed or returns without
// its data, and when PostgreSQL restarts.
func TestIndexerRecoversFromFailedServers(t *testing.T) {
	t.Parallel()
	es, pg := devstack.StartElasticsearch(t), devstack.StartPostgres(t)
	if _, err := postgres.Migrate(await.Context(t), pg.URL(), postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	s := reopen(t, pg.URL())
	x := start(t, indexer.Config{Store: s, Index: openElastic(t, es.URL(), "marquee", nil), VerifyEvery: 20 * time.Second})
	bring(t, s, "file", 500)
	x.caughtUp(s)
	add := func(title string) {
		must(t, s, storage.Create, storage.Movie, "", fmt.Sprintf(`{"title": %q}`, title))
	}

	es.Stop()
	add("while it is frozen")
	es.Continue()
	x.caughtUp(s)
	verified(t, x)

	es.Kill()
	add("while it is dead")
	es.Restart()
	x.caughtUp(s)
	verified(t, x)

	es.RestartEmpty()
	add("into nothing")
	x.caughtUp(s)
	verified(t, x)

	pg.Restart()
	for s.Ready(await.Context(t)) != nil { // the pool replaces its connections one by one
	}
	add("after PostgreSQL restarted")
	x.caughtUp(s)
	verified(t, x)
}

// A search that waits for the version of a write finds the write, also with many writers
// at once.
func TestSearchFindsTheVersionItWaitsFor(t *testing.T) {
	t.Parallel()
	prefix := devstack.IndexPrefix(t)
	s := open(t)
	w := tail.NewIndexed(s, nil, nil)
	c := openElastic(t, devstack.Elasticsearch(t), prefix+"a", w.Version)
	x := start(t, indexer.Config{Store: s, Index: c, Prefix: prefix + "a-", Clock: poll.System})
	x.caughtUp(s)
	ctx, cancel := context.WithCancel(await.Context(t))
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	defer func() { cancel(); <-ended }()
	done := make(chan struct{})
	for writer := range 8 {
		go func() {
			defer func() { done <- struct{}{} }()
			for i := range 25 {
				out := must(t, s, storage.Create, storage.Movie, "", fmt.Sprintf(`{"title": "Film %d of %d"}`, i, writer))
				if err := w.Wait(ctx, out.Version); err != nil {
					t.Error(err)
					return
				}
				if p := find(t, c, out.Object.ID); len(p.Objects) != 1 || p.AsOf < out.Version {
					t.Errorf("version %d: movie %s is not found: %+v", out.Version, out.Object.ID, p)
				}
			}
		}()
	}
	for range 8 {
		<-done
	}
	if st := x.Stats(); st.Batches > 190 { // on a slow machine fewer writes share a refresh
		t.Errorf("%d refreshes for 200 writes, want at most 190", st.Batches)
	}
}

func find(t testing.TB, c *elastic.Client, id string) *storage.Page {
	p, err := c.List(await.Context(t), &storage.Query{Noun: storage.Movie, IDs: []string{id}, Limit: 1, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/search"
	"marquee/search/elastic"
	"marquee/storage"
	"marquee/storage/poll"
	"marquee/storage/postgres"
	"marquee/storage/tail"
)

// openElastic returns a client whose index names no other test uses, and their
// beginning.
func openElastic(t testing.TB, url, alias string, indexed func() int64) *elastic.Client {
	t.Helper()
	c, err := elastic.Open(elastic.Config{URLs: []string{url}, Alias: alias, Indexed: indexed})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(context.WithoutCancel(t.Context())) })
	return c
}

// verified fails unless the index agrees with the store, all of it.
func verified(t testing.TB, x *running) {
	t.Helper()
	r, err := x.Verify(deadline(t))
	if err != nil || !r.Clean() || r.Objects == 0 || r.Counts[indexer.Unsettled] > 0 {
		t.Errorf("verify: %v, %v", r, err)
	}
}

// spoiler makes documents of some objects such as Elasticsearch refuses.
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

func TestElasticsearch(t *testing.T) {
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
	r, err := x.Verify(deadline(t))
	if err != nil || !r.Agrees() || r.Counts[indexer.Refused] != 1 || r.Differences[0].ID != bad || x.Stats().Dead != 1 {
		t.Errorf("verify: %v, %v, %+v", r, err, r.Differences)
	}
	must(t, s, storage.Update, storage.Movie, bad, `{"title": "Good now"}`)
	x.caughtUp(s)
	verified(t, x)

	if err := x.Rebuild(deadline(t)); err != nil {
		t.Fatal(err)
	}
	bring(t, s, "more", 1200)
	if err := x.Rollback(deadline(t)); err != nil {
		t.Fatal(err)
	}
	x.caughtUp(s)
	verified(t, x)
	p, err := c.List(deadline(t), &storage.Query{Noun: storage.Movie, Limit: 1, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}})
	if err != nil || p.Total != 4201 {
		t.Errorf("searches find %+v, %v", p, err)
	}
}

// Elasticsearch freezes, is killed, and comes back without its data; PostgreSQL
// restarts. Each time the indexer goes on by itself.
func TestServersFail(t *testing.T) {
	t.Parallel()
	es, pg := devstack.StartElasticsearch(t), devstack.StartPostgres(t)
	if _, err := postgres.Migrate(deadline(t), pg.URL()); err != nil {
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
	for s.Ready(deadline(t)) != nil { // the pool finds out connection by connection
	}
	add("after PostgreSQL restarted")
	x.caughtUp(s)
	verified(t, x)
}

// Every write is found by a search that waits for its version, however many
// write at once.
func TestFoundAtItsVersion(t *testing.T) {
	t.Parallel()
	prefix := devstack.IndexPrefix(t)
	s := open(t)
	w := tail.NewIndexed(s, nil, nil)
	c := openElastic(t, devstack.Elasticsearch(t), prefix+"a", w.Version)
	x := start(t, indexer.Config{Store: s, Index: c, Prefix: prefix + "a-", Clock: poll.System})
	x.caughtUp(s)
	ctx, cancel := context.WithCancel(deadline(t))
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
	if st := x.Stats(); st.Batches > 150 {
		t.Errorf("%d refreshes for 200 writes", st.Batches)
	}
}

func find(t testing.TB, c *elastic.Client, id string) *storage.Page {
	p, err := c.List(deadline(t), &storage.Query{Noun: storage.Movie, IDs: []string{id}, Limit: 1, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// BenchmarkVisible measures from a write's commit until a search finds it, one
// write at a time, and at 50 writes a second.
func BenchmarkVisible(b *testing.B) {
	prefix := devstack.IndexPrefix(b)
	s := open(b)
	w := tail.NewIndexed(s, nil, nil)
	c := openElastic(b, devstack.Elasticsearch(b), prefix+"a", w.Version)
	bring(b, s, "file", 5000)
	x := start(b, indexer.Config{Store: s, Index: c, Prefix: prefix + "a-", Clock: poll.System})
	x.caughtUp(s)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	defer func() { cancel(); <-ended }()
	visible := func() time.Duration {
		out := must(b, s, storage.Create, storage.Movie, "", `{"title": "New"}`)
		committed := time.Now()
		if err := w.Wait(ctx, out.Version); err != nil || len(find(b, c, out.Object.ID).Objects) == 0 {
			b.Errorf("movie %s was not found: %v", out.Object.ID, err)
		}
		return time.Since(committed)
	}
	b.Run("bare index and refresh", func(b *testing.B) {
		bare := prefix + "a-bare"
		if err := c.CreateIndex(ctx, bare); err != nil {
			b.Fatal(err)
		}
		d := storage.NewDocument(storage.Movie)
		d.ID, d.Fields["title"] = "1", "New"
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			_, err := c.Bulk(ctx, bare, []search.Operation{{Version: 1, Noun: storage.Movie, ID: "1", Document: d, ObjectVersion: 1}})
			if err = errors.Join(err, c.Refresh(ctx, bare)); err != nil {
				b.Fatal(err)
			}
			took = append(took, time.Since(began))
		}
		quantiles(b, took)
	})
	b.Run("one at a time", func(b *testing.B) {
		var took []time.Duration
		for b.Loop() {
			took = append(took, visible())
		}
		quantiles(b, took)
	})
	b.Run("50 a second", func(b *testing.B) {
		results := make(chan time.Duration, b.N)
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		before := x.Stats().Batches
		for range b.N {
			<-tick.C
			go func() { results <- visible() }()
		}
		var took []time.Duration
		for range b.N {
			took = append(took, <-results)
		}
		quantiles(b, took)
		b.ReportMetric(float64(x.Stats().Batches-before)/float64(b.N), "refreshes/write")
	})
}

// BenchmarkCatchUp measures how many objects a second an import of 20,000 films
// brings into the index: read from the log and the catalogue, against giving the
// same operations, ready in memory, to Elasticsearch.
func BenchmarkCatchUp(b *testing.B) {
	prefix := devstack.IndexPrefix(b)
	s := open(b)
	c := openElastic(b, devstack.Elasticsearch(b), prefix+"a", nil)
	config := indexer.Config{Store: s, Index: c, Prefix: prefix + "a-", Clock: poll.System}
	empty := start(b, config)
	empty.caughtUp(s)
	empty.stop()
	bring(b, s, "file", 20_000)
	var ops []search.Operation
	if _, err := s.Snapshot(deadline(b), search.IndexedNouns(), func(page []storage.Revision) error {
		for _, r := range page {
			ops = append(ops, search.Operation{Version: r.DocumentVersion, Noun: r.Document.Noun, ID: r.Document.ID, Document: r.Document, ObjectVersion: r.Version})
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	bare := stopwatch(func() {
		name := prefix + "a-bare"
		err := c.CreateIndex(deadline(b), name)
		if err == nil {
			_, err = c.Bulk(deadline(b), name, ops)
		}
		if err = errors.Join(err, c.Refresh(deadline(b), name)); err != nil {
			b.Fatal(err)
		}
	})
	followed := stopwatch(func() { // once, whatever b.N is: the log is caught up with once
		x := start(b, config)
		x.caughtUp(s)
		x.stop()
	})
	b.ReportMetric(20_000/followed.Seconds(), "films/s")
	b.ReportMetric(bare.Seconds()/followed.Seconds(), "of-bare")
	b.ReportMetric(0, "ns/op")
}

func stopwatch(do func()) time.Duration {
	began := time.Now()
	do()
	return time.Since(began)
}

func quantiles(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	at := func(share float64) float64 {
		return float64(took[int(share*float64(len(took)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(0.5), "p50-ms")
	b.ReportMetric(at(0.99), "p99-ms")
	b.ReportMetric(0, "ns/op")
}

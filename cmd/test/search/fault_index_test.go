package search_test

import (
	"bytes"
	"context"
	crypto "crypto/rand"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/devstack"
)

// While films are written, indexers are killed, the index is rebuilt, Elasticsearch is
// frozen, killed and emptied, and PostgreSQL is restarted. In the end the index equals
// the catalogue, which has all acknowledged writes.
func TestIndexAfterFaults(t *testing.T) {
	t.Parallel()
	es, pg := devstack.StartElasticsearch(t), devstack.StartPostgres(t)
	e := fixture.Env{"MARQUEE_DATABASE_URL": pg.URL(), "MARQUEE_ELASTICSEARCH_URL": es.URL()}
	fixture.Run(t, e, "migrate")
	indexers := []*fixture.Child{fixture.StartChild(t, e, "indexer"), fixture.StartChild(t, e, "indexer")}
	s := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0")
	s.Token = fixture.NewToken(t, e)
	w := load.StartWriters(t, s.Site, 0)
	w.Await(t, http.StatusCreated, 50)
	s.AwaitIndex(t)
	for i := range indexers { // one of them is the leader
		indexers[i].Kill(t)
		w.Await(t, http.StatusCreated, 30)
		indexers[i] = fixture.StartChild(t, e, "indexer")
		w.Await(t, http.StatusCreated, 30)
	}
	for _, fault := range []struct {
		name   string
		happen func()
	}{
		{"a rebuild", func() { searchedMeanwhile(t, w, func() { fixture.Run(t, e, "reindex") }) }},
		{"a rollback", func() { searchedMeanwhile(t, w, func() { fixture.Run(t, e, "reindex", "--rollback") }) }},
		{"a freeze", func() { es.Stop(); w.Await(t, http.StatusCreated, 50); es.Continue() }},
		{"a crash", func() { es.Kill(); w.Await(t, http.StatusCreated, 50); es.Restart() }},
		{"the loss of all data", es.RestartEmpty},
		{"a restart of PostgreSQL", pg.Restart},
	} {
		fault.happen()
		w.Await(t, http.StatusCreated, 50)
		s.AwaitIndex(t)
		t.Log("indexed again after", fault.name)
	}
	w.Stop()
	s.AwaitIndex(t)
	fixture.VerifyIndex(t, e)
	for _, x := range indexers {
		x.Running(t)
	}
	load.CheckNoLoss(t, s.Site, w)
}

// searchedMeanwhile calls happen while one client writes films and searches each at its
// version, and another one reads a later page of all films.
func searchedMeanwhile(t *testing.T, w *load.Writers, happen func()) {
	t.Helper()
	before, err := w.Search(t.Context(), "q=writer&sort=added")
	if err != nil || before.Meta.Total < 150 {
		t.Fatalf("search before: got %+v, %v; want at least 150 films", before, err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var found, pages atomic.Int64
	clients, ctx := errgroup.WithContext(ctx)
	repeat := func(count *atomic.Int64, look func() error) {
		clients.Go(func() error {
			for ctx.Err() == nil {
				if err := look(); err == nil {
					count.Add(1)
				} else if !errors.Is(err, fixture.ErrBusy) && ctx.Err() == nil {
					return err
				}
			}
			return nil
		})
	}
	repeat(&found, func() error {
		title := "Film " + strings.ToLower(crypto.Text()) + " of a searcher"
		w.Post(context.WithoutCancel(ctx), title)
		version := w.Acknowledged(title)
		if version == 0 {
			return fixture.ErrBusy
		}
		f, err := w.Search(ctx, "q_type=exact&q="+url.QueryEscape(title), "Min-Version", fmt.Sprint(version))
		if err == nil && f.Meta.Total != 1 {
			err = fmt.Errorf("search for %s at version %d: got %+v, want one film", title, version, f)
		}
		return err
	})
	repeat(&pages, func() error {
		f, err := w.Search(ctx, "q=writer&sort=added&offset=120")
		if err == nil && (len(f.Movies) != 10 || f.Meta.Total < before.Meta.Total) {
			err = fmt.Errorf("a later page: got %d films of %d, want 10 of at least %d", len(f.Movies), f.Meta.Total, before.Meta.Total)
		}
		return err
	})
	happen()
	stop()
	if err := clients.Wait(); err != nil {
		t.Error(err)
	}
	if found.Load() == 0 || pages.Load() == 0 {
		t.Errorf("got %d searches and %d pages, want some of both", found.Load(), pages.Load())
	}
}

// While each call of Elasticsearch takes up to two seconds, searches are answered in time
// and completely, and the index follows the change log.
func TestSlowElasticsearch(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	var slow atomic.Bool
	e["MARQUEE_ELASTICSEARCH_URL"] = slowed(t, e["MARQUEE_ELASTICSEARCH_URL"], &slow)
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	want := fixture.Ferries(t, s.Site)
	s.AwaitIndex(t)
	slow.Store(true)
	for range 3 {
		written := s.Post(t, "/2.0/movies", `{"movie":{"title":"Slow Ferry","genres":["harbour"]}}`)
		want = append(want, written.At(t, "movie.id"))
		for _, q := range []string{"q=ferry&sort=added", "genres=harbour&sort=added", "q=Ferry&q_type=regex&sort=added"} {
			began := time.Now()
			f, err := s.List(t.Context(), q, "Min-Version", written.Header.Get("Catalogue-Version"))
			if took := time.Since(began); err != nil || !slices.Equal(f.IDs(), want) || took > slowestList {
				t.Errorf("%s: got %+v, %v after %v; want %v", q, f, err, took, want)
			}
		}
	}
	fixture.VerifyIndex(t, e) // while Elasticsearch is still slow
	slow.Store(false)
	s.AwaitIndex(t)
	s.AwaitFilms(t, "at its usual speed", "genres=harbour&sort=added", want)
}

// A film that Elasticsearch refuses is missing only in the index. The command verify
// reports it. The next change of the film indexes it.
func TestRefusedDocument(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	var spoil atomic.Bool
	e["MARQUEE_ELASTICSEARCH_URL"] = spoiler(t, e["MARQUEE_ELASTICSEARCH_URL"], &spoil)
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	fixture.Ferries(t, s.Site)
	spoil.Store(true)
	bad := s.Post(t, "/2.0/movies", `{"movie":{"title":"Bad Ferry","release_year":1897}}`).Header.Get("Location")
	s.Post(t, "/2.0/movies", `{"movie":{"title":"Good Ferry","release_year":1898}}`)
	s.AwaitIndex(t)
	if f, err := s.Search(t.Context(), "q=ferry"); err != nil || f.Meta.Total != 4 {
		t.Errorf("got %+v, %v; want all films but one", f, err)
	}
	id := strings.TrimPrefix(bad, "/2.0/movies/")
	fixture.Contains(t, fixture.Fail(t, e, "verify"), "1 refused", "movie "+id+" refused: ", "release_year")
	spoil.Store(false)
	s.Do(t, http.MethodPut, bad, `{"movie":{"description":"Mended."}}`, http.StatusOK)
	s.AwaitIndex(t)
	if f, err := s.Search(t.Context(), "q=ferry"); err != nil || f.Meta.Total != 5 {
		t.Errorf("got %+v, %v; want all films", f, err)
	}
	fixture.VerifyIndex(t, e)
}

// spoiler returns the URL of a proxy of an Elasticsearch that makes documents of films of
// 1897 invalid while spoil is true.
func spoiler(t *testing.T, elasticsearch string, spoil *atomic.Bool) string {
	t.Helper()
	return before(t, elasticsearch, func(_ context.Context, body []byte) []byte {
		if !spoil.Load() {
			return body
		}
		return bytes.ReplaceAll(body, []byte(`"release_year":1897`), []byte(`"release_year":"no number"`))
	})
}

// slowed returns the URL of a proxy of an Elasticsearch that delays each request by half
// a second to two while slow is true.
func slowed(t *testing.T, elasticsearch string, slow *atomic.Bool) string {
	t.Helper()
	return before(t, elasticsearch, func(ctx context.Context, body []byte) []byte {
		if slow.Load() {
			select {
			case <-time.After(500*time.Millisecond + rand.N(1500*time.Millisecond)):
			case <-ctx.Done():
			}
		}
		return body
	})
}

// before returns the URL of a proxy that changes the bodies of requests.
func before(t *testing.T, elasticsearch string, change func(ctx context.Context, body []byte) []byte) string {
	t.Helper()
	target, err := url.Parse(elasticsearch)
	if err != nil {
		t.Fatal(err)
	}
	forward := httputil.NewSingleHostReverseProxy(target)
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			http.Error(w, fmt.Sprint(err), http.StatusBadGateway)
			return
		}
		body = change(r.Context(), body)
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

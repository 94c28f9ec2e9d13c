package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"testing"

	"marquee/deploy/devstack"
)

// While films are written all the time, indexers are killed, the index is built
// anew, Elasticsearch freezes, dies and loses its data, and PostgreSQL restarts.
// In the end the index holds just what the catalogue does, and that is what was
// acknowledged.
func TestIndexAfterFaults(t *testing.T) {
	t.Parallel()
	es, pg := devstack.StartElasticsearch(t), devstack.StartPostgres(t)
	e := environment{"MARQUEE_DATABASE_URL": pg.URL(), "MARQUEE_ELASTICSEARCH_URL": es.URL()}
	succeed(t, e, "migrate")
	indexers := []*child{startChild(t, e, "indexer"), startChild(t, e, "indexer")}
	s := startRole(t, e, "api", "--listen", "127.0.0.1:0")
	s.token = newToken(t, e)
	w := startWriters(t, s.site, 0)
	w.await(t, http.StatusCreated, 50)
	s.indexed(t)
	for i := range indexers { // one of them leads
		indexers[i].kill(t)
		w.await(t, http.StatusCreated, 30)
		indexers[i] = startChild(t, e, "indexer")
		w.await(t, http.StatusCreated, 30)
	}
	for _, fault := range []struct {
		name   string
		happen func()
	}{
		{"a rebuild", func() { succeed(t, e, "reindex") }},
		{"a freeze", func() { es.Stop(); w.await(t, http.StatusCreated, 50); es.Continue() }},
		{"a crash", func() { es.Kill(); w.await(t, http.StatusCreated, 50); es.Restart() }},
		{"the loss of all data", es.RestartEmpty},
		{"a restart of PostgreSQL", pg.Restart},
	} {
		fault.happen()
		w.await(t, http.StatusCreated, 50)
		s.indexed(t)
		t.Log("indexed again after", fault.name)
	}
	w.stop()
	s.indexed(t)
	clean(t, e)
	for _, x := range indexers {
		x.running(t)
	}
	checkKept(t, s.site, w)
}

// A film that Elasticsearch refuses is missing from the index alone, verify names
// it, and it comes with its next change.
func TestRefusedDocument(t *testing.T) {
	t.Parallel()
	e := shared(t)
	var spoil atomic.Bool
	e["MARQUEE_ELASTICSEARCH_URL"] = spoiler(t, e["MARQUEE_ELASTICSEARCH_URL"], &spoil)
	s := startServing(t, e)
	s.token = newToken(t, e)
	ferries(t, s.site)
	spoil.Store(true)
	bad := s.post(t, "/2.0/movies", `{"movie":{"title":"Bad Ferry","release_year":1897}}`).header.Get("Location")
	s.post(t, "/2.0/movies", `{"movie":{"title":"Good Ferry","release_year":1898}}`)
	s.indexed(t)
	if f, err := s.search(t.Context(), "q=ferry"); err != nil || f.Meta.Total != 4 {
		t.Errorf("%+v, %v; want all but one", f, err)
	}
	contains(t, fail(t, e, "verify"), "refused")
	spoil.Store(false)
	s.do(t, http.MethodPut, bad, `{"movie":{"description":"Mended."}}`, http.StatusOK)
	s.indexed(t)
	if f, err := s.search(t.Context(), "q=ferry"); err != nil || f.Meta.Total != 5 {
		t.Errorf("%+v, %v; want all", f, err)
	}
	clean(t, e)
}

// spoiler stands before an Elasticsearch and spoils, while it is told to, what is
// indexed of films of 1897.
func spoiler(t *testing.T, elasticsearch string, spoil *atomic.Bool) string {
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
		if spoil.Load() {
			body = bytes.ReplaceAll(body, []byte(`"release_year":1897`), []byte(`"release_year":"no number"`))
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		forward.ServeHTTP(w, r)
	}))
	t.Cleanup(proxy.Close)
	return proxy.URL
}

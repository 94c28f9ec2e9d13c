package measure_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v8"

	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/search"
	"marquee/search/elastic"
	"marquee/storage"
	"marquee/storage/postgres"
)

// searched is a catalogue whose lists are answered by the index.
type searched struct {
	*postgres.Store
	engine search.Engine
}

func (s searched) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	return s.engine.List(ctx, q)
}

// openIndex returns a client of the Elasticsearch at url.
func openIndex(b *testing.B, url, alias string) *elastic.Client {
	b.Helper()
	c, err := elastic.Open(elastic.Config{URLs: []string{url}, Alias: alias})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { c.Close(context.WithoutCancel(b.Context())) })
	return c
}

// indexFilms builds an index of the 36,273 films, and returns its alias.
func indexFilms(b *testing.B, s *postgres.Store) string {
	b.Helper()
	alias := devstack.IndexPrefix(b) + "films"
	x := indexer.New(indexer.Config{Store: s, Index: openIndex(b, devstack.Elasticsearch(b), alias), Prefix: alias + "-"})
	ctx, cancel := context.WithTimeout(b.Context(), 5*time.Minute)
	defer cancel()
	if err := x.Rebuild(ctx); err != nil {
		b.Fatal(err)
	}
	return alias
}

// bareElasticsearch returns the driver with as many idle connections as in Marquee.
func bareElasticsearch(b *testing.B) *elasticsearch.Client {
	b.Helper()
	transport := &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}
	b.Cleanup(transport.CloseIdleConnections)
	es, err := elasticsearch.NewClient(elasticsearch.Config{Addresses: []string{devstack.Elasticsearch(b)}, Transport: transport})
	if err != nil {
		b.Fatal(err)
	}
	return es
}

// BenchmarkSearch measures GET /2.0/movies?q= without a cache, for 300 titles in turn.
// The peer is net/http with go-elasticsearch, which sends the same searches and writes
// the sources of the hits. If fewer than ten films have all words, both sides send two
// searches. Limit: 0.8.
func BenchmarkSearch(b *testing.B) {
	s := migrated(b, filmsURL(b))
	defer s.Close()
	alias := indexFilms(b, s)
	titles := titlesOf(b, s, 300)
	sent := recordSearches(b, alias, titles)
	es := bareElasticsearch(b)
	bare := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var sources [][]byte
		for _, body := range sent[r.URL.Query().Get("q")] {
			var err error
			if sources, err = searchBare(r.Context(), es, alias, body); err != nil {
				http.Error(w, err.Error(), http.StatusBadGateway)
				return
			}
		}
		writeBare(w, sources...)
	})
	var paths []string
	searches := 0
	for _, title := range titles {
		paths = append(paths, "/2.0/movies?q="+url.QueryEscape(title))
		searches += len(sent[title])
	}
	compare(b, quiet(searched{s, openIndex(b, devstack.Elasticsearch(b), alias)}), bare, gets(paths...))
	b.ReportMetric(float64(searches)/float64(len(titles)), "searches/req")
}

// titlesOf returns n different titles from all parts of the catalogue.
func titlesOf(b *testing.B, s *postgres.Store, n int) []string {
	b.Helper()
	all := map[string]bool{}
	var titles []string
	if _, err := s.AllDocuments(b.Context(), []*storage.Noun{storage.Movie}, func(page []storage.Revision) error {
		for _, r := range page {
			if title := r.Document.Label(); !all[title] {
				all[title] = true
				titles = append(titles, title)
			}
		}
		return nil
	}); err != nil {
		b.Fatal(err)
	}
	for i := range n {
		titles[i] = titles[i*len(titles)/n]
	}
	return titles[:n]
}

// recordSearches searches for each text with the client of Marquee, and returns the
// bodies of its requests, which a proxy records.
func recordSearches(b *testing.B, alias string, texts []string) map[string][]string {
	b.Helper()
	target, err := url.Parse(devstack.Elasticsearch(b))
	if err != nil {
		b.Fatal(err)
	}
	var mu sync.Mutex
	var bodies []string
	proxy := httputil.NewSingleHostReverseProxy(target)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		if strings.HasSuffix(r.URL.Path, "/_search") {
			mu.Lock()
			bodies = append(bodies, string(body))
			mu.Unlock()
		}
		proxy.ServeHTTP(w, r)
	}))
	defer server.Close()
	c := openIndex(b, server.URL, alias)
	sent := map[string][]string{}
	for _, text := range texts {
		bodies = nil
		page, err := c.List(b.Context(), titled(text, storage.Match, storage.Relevance))
		if err != nil || len(page.Objects) == 0 || len(bodies) == 0 {
			b.Fatalf("search for %q: got %d requests, %+v, %v; want some films", text, len(bodies), page, err)
		}
		sent[text] = bodies
	}
	return sent
}

// titled returns a search for the first ten movies.
func titled(text string, kind storage.TextKind, by storage.Sort) *storage.Query {
	return &storage.Query{Noun: storage.Movie, Limit: 10, Order: storage.Order{Sort: &by}, Text: &storage.TextQuery{Kind: kind, Query: text}}
}

// searchBare sends a search and returns the sources of its hits.
func searchBare(ctx context.Context, es *elasticsearch.Client, index, body string) ([][]byte, error) {
	response, err := es.Search(es.Search.WithContext(ctx), es.Search.WithIndex(index), es.Search.WithBody(strings.NewReader(body)))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.IsError() {
		return nil, fmt.Errorf("search: %s", response.Status())
	}
	var answer struct {
		Hits struct {
			Hits []struct {
				Source json.RawMessage `json:"_source"`
			} `json:"hits"`
		} `json:"hits"`
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return nil, err
	}
	sources := make([][]byte, len(answer.Hits.Hits))
	for i := range answer.Hits.Hits {
		sources[i] = answer.Hits.Hits[i].Source
	}
	return sources, nil
}

package measure_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v8"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/search/elastic"
	"marquee/storage"
	"marquee/storage/postgres"
)

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

// BenchmarkSearch measures searches that miss the cache, through an API process with
// Redis and Elasticsearch. The peer is the plain one of plain_test.go. "cpu" is the user
// and system time of the API process, or of the peer, for one request.
//
// Limits: a ratio of 0.4 for two words, 0.4 with a genre, 0.5 for pages of genres; 4
// times the peer's processor time; a 99th percentile of 40 ms.
func BenchmarkSearch(b *testing.B) {
	films := wikipediaFilms(b)
	ours, plain := startSearchAPI(b), startPlain(b, films)
	for _, c := range []struct {
		name  string
		paths []string
	}{
		{"words", twoWords(films, 30000, false)},
		{"genre", twoWords(films, 30000, true)},
		{"pages", genrePages()},
	} {
		b.Run(c.name, func(b *testing.B) {
			sides := []*processSide{newProcessSide(b, "ours", ours), newProcessSide(b, "plain", plain)}
			unmeasured := c.paths[len(c.paths)-1]
			checkSearch(b, sides[0].address, unmeasured, `"index_version":`) // PostgreSQL would answer without it
			checkSearch(b, sides[1].address, unmeasured, `"movies":[{`)
			compareProcesses(b, sides, gets(c.paths...))
			if sent := sides[0].sent.Load(); sent >= int64(len(c.paths)) {
				b.Errorf("got %d requests, want at most %d: a repeated one is a hit", sent, len(c.paths)-1)
			}
		})
	}
}

// startSearchAPI starts an API process over the films, with an index of them.
func startSearchAPI(b *testing.B) *fixture.Child {
	b.Helper()
	database := filmsURL(b)
	s := migrated(b, database)
	defer s.Close()
	return fixture.StartChild(b, fixture.Env{
		"MARQUEE_DATABASE_URL": database, "MARQUEE_REDIS_URL": devstack.StartRedis(b).URL(),
		"MARQUEE_ELASTICSEARCH_URL": devstack.Elasticsearch(b), "MARQUEE_ELASTICSEARCH_INDEX": indexFilms(b, s),
	}, "api", "--listen", "127.0.0.1:0", "--limit-address", "0")
}

// checkSearch waits until a server finds films, and its answer has a part.
func checkSearch(b *testing.B, address, path, part string) {
	b.Helper()
	await.Nil(b, func() error {
		a, err := fixture.Site{Base: "http://" + address}.Send(b.Context(), http.MethodGet, path, "")
		if err != nil {
			return err
		}
		if a.Status != http.StatusOK || !bytes.Contains(a.Body, []byte(part)) || bytes.Contains(a.Body, []byte(`"total":0`)) {
			return fmt.Errorf("%s: got %d %s, want films and %s", path, a.Status, a.Body, part)
		}
		return nil
	})
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

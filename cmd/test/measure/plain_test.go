package measure_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esutil"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// The plain peer is what a team would write without Marquee: net/http with
// go-elasticsearch over an index without analysis of its own, one search for each
// request. It is a process of its own, so that its processor time can be read.

// plainIndex and plainURL make the test binary run as the plain peer.
const (
	plainIndex = "MARQUEE_TEST_PLAIN_INDEX"
	plainURL   = "MARQUEE_TEST_PLAIN_URL"
)

const plainMapping = `{"settings": {"number_of_shards": 1, "number_of_replicas": 0}, "mappings": {"properties": {
	"title": {"type": "text"}, "description": {"type": "text"}, "names": {"type": "text"},
	"genre": {"type": "keyword"}, "year": {"type": "integer"}}}}`

// startPlain indexes the films and starts the peer.
func startPlain(b *testing.B, films []film) *fixture.Child {
	b.Helper()
	index := devstack.IndexPrefix(b) + "plain"
	indexPlain(b, index, films)
	return fixture.StartChild(b, fixture.Env{plainIndex: index, plainURL: devstack.Elasticsearch(b)})
}

func indexPlain(b *testing.B, index string, films []film) {
	b.Helper()
	es := bareElasticsearch(b)
	created, err := es.Indices.Create(index, es.Indices.Create.WithBody(strings.NewReader(plainMapping)))
	if err != nil || created.IsError() {
		b.Fatalf("create %s: %v %v", index, created, err)
	}
	created.Body.Close()
	bulk, err := esutil.NewBulkIndexer(esutil.BulkIndexerConfig{Client: es, Index: index, Refresh: "true"})
	if err != nil {
		b.Fatal(err)
	}
	for i := range films {
		source, err := json.Marshal(films[i])
		if err != nil {
			b.Fatal(err)
		}
		if err := bulk.Add(b.Context(), esutil.BulkIndexerItem{Action: "index", Body: bytes.NewReader(source)}); err != nil {
			b.Fatal(err)
		}
	}
	if err := bulk.Close(b.Context()); err != nil || bulk.Stats().NumFailed > 0 {
		b.Fatalf("index the films: %v, %+v", err, bulk.Stats())
	}
}

// servePlain is the program of the plain peer. It does not return.
func servePlain(url, index string) {
	es, err := elasticsearch.NewClient(elasticsearch.Config{Addresses: []string{url}, Transport: &http.Transport{MaxIdleConnsPerHost: 256, DisableCompression: true}})
	if err != nil {
		panic(err)
	}
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stdout, "answers at http://%s/\n", listener.Addr())
	server := &http.Server{Handler: plainHandler(es, index), ReadHeaderTimeout: time.Minute}
	panic(server.Serve(listener))
}

// plainHandler answers the requests of films_test.go.
func plainHandler(es *elasticsearch.Client, index string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		response, err := es.Search(es.Search.WithContext(r.Context()), es.Search.WithIndex(index), es.Search.WithBody(esutil.NewJSONReader(plainSearch(r))))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		defer response.Body.Close()
		body, err := plainAnswer(response.IsError(), response.Body)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadGateway)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		_, _ = w.Write(body) // a client that has left needs no answer
	})
}

// plainSearch returns the search for a request: a page of ten with its exact total. The
// type is cross_fields, because with best_fields all words would have to be in one
// field, so that the name of an actor beside a word of the title would find nothing.
func plainSearch(r *http.Request) map[string]any {
	query := r.URL.Query()
	offset, _ := strconv.Atoi(query.Get("offset"))
	clauses := map[string]any{}
	if q := query.Get("q"); q != "" {
		clauses["must"] = map[string]any{"multi_match": map[string]any{
			"query": q, "type": "cross_fields", "operator": "and", "fields": []string{"title", "description", "names"},
		}}
	}
	if genres := query.Get("genres"); genres != "" {
		clauses["filter"] = map[string]any{"terms": map[string]any{"genre": strings.Split(genres, ",")}}
	}
	search := map[string]any{"from": offset, "size": 10, "track_total_hits": true, "query": map[string]any{"bool": clauses}}
	switch query.Get("sort") {
	case "year":
		search["sort"] = map[string]any{"year": "asc"}
	case "-year":
		search["sort"] = map[string]any{"year": "desc"}
	}
	return search
}

// plainAnswer returns the total and the sources of the hits.
func plainAnswer(failed bool, response io.Reader) ([]byte, error) {
	body, err := io.ReadAll(response)
	if err != nil || failed {
		return nil, fmt.Errorf("search: %w %s", err, body)
	}
	var found struct {
		Hits struct {
			Total struct{ Value int }
			Hits  []struct {
				Source json.RawMessage `json:"_source"`
			}
		}
	}
	if err := json.Unmarshal(body, &found); err != nil {
		return nil, err
	}
	answer := struct {
		Total  int               `json:"total"`
		Movies []json.RawMessage `json:"movies"`
	}{Total: found.Hits.Total.Value, Movies: []json.RawMessage{}}
	for _, hit := range found.Hits.Hits {
		answer.Movies = append(answer.Movies, hit.Source)
	}
	return json.Marshal(answer)
}

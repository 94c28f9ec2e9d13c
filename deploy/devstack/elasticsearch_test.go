package devstack_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/elastic/go-elasticsearch/v8"
	"github.com/elastic/go-elasticsearch/v8/esapi"

	"marquee/deploy/devstack"
)

const requestLimit = 30 * time.Second

// send makes one request and decodes the answer into out unless out is nil.
func send(t testing.TB, method, url, body string, want int, out any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), requestLimit)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != want {
		t.Fatalf("%s %s: %s\n%s", method, url, response.Status, b)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatal(err)
		}
	}
}

// check returns the body of an answer of the client.
func check(t testing.TB, r *esapi.Response, err error) []byte {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	if r.IsError() {
		t.Fatalf("%s: %s", r.Status(), b)
	}
	return b
}

type searchAnswer struct {
	PIT  string `json:"pit_id"`
	Hits struct {
		Hits []struct {
			ID   string `json:"_id"`
			Sort []any  `json:"sort"`
		} `json:"hits"`
	} `json:"hits"`
}

// The official client works, with the operations that the indexer and the search use.
func TestElasticsearchClient(t *testing.T) {
	t.Parallel()
	url := devstack.Elasticsearch(t) // starting it may take longer than a request
	ctx, cancel := context.WithTimeout(t.Context(), requestLimit)
	defer cancel()
	client, err := elasticsearch.NewClient(elasticsearch.Config{Addresses: []string{url}})
	if err != nil {
		t.Fatal(err)
	}
	prefix := devstack.IndexPrefix(t)
	index, alias := prefix+"1", prefix+"alias"
	create, err := client.Indices.Create(index, client.Indices.Create.WithContext(ctx), client.Indices.Create.WithBody(strings.NewReader(`{
		"settings": {"number_of_shards": 1, "number_of_replicas": 0},
		"mappings": {"properties": {"title": {"type": "text"}, "year": {"type": "integer"}}}}`)))
	check(t, create, err)
	swap, err := client.Indices.UpdateAliases(strings.NewReader(`{"actions": [{"add": {"index": "`+index+`", "alias": "`+alias+`"}}]}`),
		client.Indices.UpdateAliases.WithContext(ctx))
	check(t, swap, err)

	status := bulk(ctx, t, client, `
{"index": {"_index": "`+alias+`", "_id": "a", "version": 7, "version_type": "external"}}
{"title": "Alien", "year": 1979}
{"index": {"_index": "`+alias+`", "_id": "b", "version": 7, "version_type": "external"}}
{"title": "Aliens", "year": 1986}
{"index": {"_index": "`+alias+`", "_id": "c", "version": 7, "version_type": "external"}}
{"title": "Alien 3", "year": 1992}
{"index": {"_index": "`+alias+`", "_id": "a", "version": 6, "version_type": "external"}}
{"title": "stale", "year": 1}
{"delete": {"_index": "`+alias+`", "_id": "c", "version": 6, "version_type": "external"}}
{"delete": {"_index": "`+alias+`", "_id": "c", "version": 8, "version_type": "external"}}
`)
	want := []int{201, 201, 201, 409, 409, 200}
	for i := range want {
		if status[i] != want[i] {
			t.Errorf("bulk item %d: status %d, want %d", i, status[i], want[i])
		}
	}
	if got := page(ctx, t, client, alias); strings.Join(got, " ") != "b a" {
		t.Errorf("pages contain %q, want b, then a", got)
	}
}

// bulk returns the status of each item.
func bulk(ctx context.Context, t *testing.T, client *elasticsearch.Client, body string) []int {
	t.Helper()
	r, err := client.Bulk(strings.NewReader(strings.TrimPrefix(body, "\n")), client.Bulk.WithContext(ctx), client.Bulk.WithRefresh("wait_for"))
	var answer struct {
		Items []map[string]struct {
			Status int `json:"status"`
		} `json:"items"`
	}
	if err := json.Unmarshal(check(t, r, err), &answer); err != nil {
		t.Fatal(err)
	}
	var status []int
	for _, item := range answer.Items {
		for _, result := range item {
			status = append(status, result.Status)
		}
	}
	return status
}

// page reads pages of one hit each at a point in time, newest first.
func page(ctx context.Context, t *testing.T, client *elasticsearch.Client, index string) []string {
	t.Helper()
	open, err := client.OpenPointInTime([]string{index}, "1m", client.OpenPointInTime.WithContext(ctx))
	var pit struct {
		ID string `json:"id"`
	}
	if err := json.Unmarshal(check(t, open, err), &pit); err != nil {
		t.Fatal(err)
	}
	var ids []string
	var after []any
	for {
		query := map[string]any{
			"size": 1,
			"pit":  map[string]any{"id": pit.ID, "keep_alive": "1m"},
			"sort": []any{map[string]any{"year": "desc"}, map[string]any{"_shard_doc": "asc"}},
		}
		if after != nil {
			query["search_after"] = after
		}
		b, err := json.Marshal(query)
		if err != nil {
			t.Fatal(err)
		}
		r, err := client.Search(client.Search.WithContext(ctx), client.Search.WithBody(bytes.NewReader(b)))
		var answer searchAnswer
		if err := json.Unmarshal(check(t, r, err), &answer); err != nil {
			t.Fatal(err)
		}
		if len(answer.Hits.Hits) == 0 {
			break
		}
		hit := answer.Hits.Hits[0]
		ids, after, pit.ID = append(ids, hit.ID), hit.Sort, answer.PIT
	}
	done, err := client.ClosePointInTime(client.ClosePointInTime.WithContext(ctx), client.ClosePointInTime.WithBody(strings.NewReader(`{"id": "`+pit.ID+`"}`)))
	check(t, done, err)
	return ids
}

// The end of a test deletes its indices and no others.
func TestIndexPrefix(t *testing.T) {
	t.Parallel()
	base, other := devstack.Elasticsearch(t), devstack.IndexPrefix(t)+"kept"
	send(t, http.MethodPut, base+"/"+other, "", http.StatusOK, nil)
	var prefix string
	t.Run("owner", func(t *testing.T) {
		prefix = devstack.IndexPrefix(t)
		send(t, http.MethodPut, base+"/"+prefix+"1", `{"aliases": {"`+prefix+`alias": {}}}`, http.StatusOK, nil)
		send(t, http.MethodPut, base+"/"+prefix+"2", "", http.StatusOK, nil)
	})
	var left map[string]any
	send(t, http.MethodGet, base+"/"+prefix+"*/_alias", "", http.StatusOK, &left)
	if len(left) > 0 {
		t.Errorf("indices %v are left after the test", left)
	}
	send(t, http.MethodGet, base+"/"+other, "", http.StatusOK, nil)
}

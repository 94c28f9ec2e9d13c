package elastic_test

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/search/elastic"
	"marquee/storage"
)

// An index of several shards returns the same pages in the same order as one of a single
// shard: the rarity of words is counted over all shards.
func TestShardsDoNotChangeTheRanking(t *testing.T) {
	t.Parallel()
	whole, alias := openWith(t, elastic.Config{Vocabulary: wordsOf(shelf...)})
	fill(t, whole, alias, shelf...)
	alias = devstack.IndexPrefix(t) + "parts"
	parts, err := elastic.Open(elastic.Config{URLs: []string{devstack.Elasticsearch(t)}, Alias: alias, Shards: 5, Replicas: 2, Vocabulary: wordsOf(shelf...), Timeout: time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { parts.Close(await.Context(t)) })
	index := fill(t, parts, alias, shelf...)
	settings := settingsOf(t, index)
	for _, want := range []string{`"index.number_of_shards":"5"`, `"index.auto_expand_replicas":"0-2"`, `"index.number_of_replicas":"0"`} {
		if !strings.Contains(settings, want) {
			t.Errorf("no %s in %s", want, settings) // the cluster has one node
		}
	}
	same := func(name string, q *storage.Query) {
		t.Helper()
		a, b := list(t, whole, q), list(t, parts, q)
		if !slices.Equal(ids(a), ids(b)) || a.Total != b.Total || a.Relaxed != b.Relaxed {
			t.Errorf("%s: got %v of %d in shards, want %v of %d", name, ids(b), b.Total, ids(a), a.Total)
		}
	}
	for _, test := range matchTable {
		same(test.name, matching(storage.Movie, test.query))
	}
	for _, sort := range []string{"title", "-title", "added", "-year"} {
		q := &storage.Query{Noun: storage.Movie, Limit: 7, Order: sortBy(storage.Movie, sort)}
		same(sort, q)
		if a, b := walk(t, whole.List, *q), walk(t, parts.List, *q); !slices.Equal(a, b) {
			t.Errorf("%s by cursors: got %v in shards, want %v", sort, b, a)
		}
	}
}

func settingsOf(t *testing.T, index string) string {
	t.Helper()
	r, err := http.NewRequestWithContext(await.Context(t), http.MethodGet, devstack.Elasticsearch(t)+"/"+index+"/_settings?flat_settings=true", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s %v", r.URL, response.Status, err)
	}
	return string(b)
}

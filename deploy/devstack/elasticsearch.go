package devstack

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"marquee/deploy/devstack/install"
	"marquee/deploy/devstack/shared"
)

// Elasticsearch returns the base URL of an Elasticsearch without credentials: MARQUEE_TEST_ELASTICSEARCH_URL, or a server
// that all test processes of the user share. IndexPrefix separates tests. Benchmarks share another one, which is as fast as
// in production. The package's TestMain must call Main.
func Elasticsearch(t testing.TB) string {
	t.Helper()
	SkipShort(t, "Elasticsearch")
	find := briefElasticsearch
	if measures(t) {
		find = optimizedElasticsearch
	}
	url, err := find()
	if err != nil {
		missing(t, "no Elasticsearch for this test: %v", err)
	}
	return url
}

// measures reports whether speed is measured.
func measures(t testing.TB) bool {
	_, ok := t.(*testing.B)
	return ok
}

var briefElasticsearch, optimizedElasticsearch = elasticsearchServer(true), elasticsearchServer(false)

// elasticsearchServer returns a function that finds or starts a server at the first call. All later calls return the same
// result.
func elasticsearchServer(brief bool) func() (string, error) {
	return sync.OnceValues(func() (string, error) {
		if given := os.Getenv("MARQUEE_TEST_ELASTICSEARCH_URL"); given != "" {
			return strings.TrimRight(given, "/"), nil
		}
		ctx, cancel := context.WithTimeout(context.Background(), install.Limit)
		defer cancel()
		return remember(shared.Elasticsearch(ctx, brief))
	})
}

// IndexPrefix returns a prefix for index and alias names that no other test uses. All indices with the prefix are deleted
// when the test ends.
func IndexPrefix(t testing.TB) string {
	t.Helper()
	base := Elasticsearch(t)
	prefix := "test-" + strings.ToLower(rand.Text()) + "-"
	t.Cleanup(func() {
		if err := deleteIndices(base, prefix); err != nil {
			t.Errorf("devstack: delete the indices %s*: %v", prefix, err)
		}
	})
	return prefix
}

// deleteIndices deletes by full names, because Elasticsearch refuses wildcards by default.
func deleteIndices(base, prefix string) error {
	ctx, cancel := context.WithTimeout(context.Background(), queryLimit)
	defer cancel()
	b, err := call(ctx, http.MethodGet, base+"/"+prefix+"*/_alias?expand_wildcards=all")
	if err != nil {
		return err
	}
	var indices map[string]json.RawMessage
	if err := json.Unmarshal(b, &indices); err != nil {
		return err
	}
	for batch := range slices.Chunk(slices.Collect(maps.Keys(indices)), 50) { // the length of a URL is limited
		_, err := call(ctx, http.MethodDelete, base+"/"+strings.Join(batch, ",")+"?ignore_unavailable=true")
		if err != nil {
			return err
		}
	}
	return nil
}

// call makes one request on a new connection. It leaves no goroutine, which a test for leaks would find.
func call(ctx context.Context, method, url string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", response.Status, b)
	}
	return b, nil
}

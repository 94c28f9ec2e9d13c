package elastic_test

import (
	"testing"

	"marquee/deploy/devstack"
	"marquee/search/elastic"
	"marquee/storage"
)

// A cluster without an index answers.
func TestPingNeedsNoIndex(t *testing.T) {
	t.Parallel()
	for url, answers := range map[string]bool{devstack.Elasticsearch(t): true, "http://127.0.0.1:1": false} {
		c, err := elastic.Open(elastic.Config{URLs: []string{url}})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close(t.Context()) })
		if err := c.Ping(t.Context()); (err == nil) != answers || !answers && storage.CodeOf(err) != storage.Unavailable {
			t.Errorf("%s: %v", url, err)
		}
	}
}

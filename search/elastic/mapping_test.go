package elastic_test

import (
	"net/http"
	"strings"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
)

// An index of another mapping may lack the fields that this program searches, so that
// searches would find nothing. They fail instead, until the alias points to an index of
// their mapping.
func TestSearchesFailInAnotherMapping(t *testing.T) {
	t.Parallel()
	c, alias := open(t, nil)
	ours := fill(t, c, alias, film(1, "One", ""))
	theirs := alias + "-b"
	if err := c.CreateIndex(await.Context(t), theirs); err != nil {
		t.Fatal(err)
	}
	ask(t, http.MethodPut, theirs+"/_mapping", `{"_meta": {"mapping": "another"}}`, http.StatusOK)
	q := &storage.Query{Noun: storage.Movie, Limit: 10, Order: sortBy(storage.Movie, "title")}
	for _, to := range []string{ours, theirs, ours} {
		if err := c.SwapAlias(await.Context(t), to); err != nil {
			t.Fatal(err)
		}
		page, err := c.List(await.Context(t), q)
		if to == ours && (err != nil || page.Total != 1) || to == theirs && storage.CodeOf(err) != storage.Unavailable {
			t.Errorf("searches at %s: %+v, %v", to, page, err)
		}
		found := map[bool]int{true: http.StatusOK, false: http.StatusNotFound}
		ask(t, http.MethodGet, alias+"."+c.Mapping()+"/_count", "", found[to == ours])
		ask(t, http.MethodGet, alias+".another/_count", "", found[to == theirs])
		ask(t, http.MethodGet, alias+"/_count", "", http.StatusOK)
	}
}

// ask sends a request to Elasticsearch and checks the status.
func ask(t *testing.T, method, path, body string, status int) {
	t.Helper()
	r, err := http.NewRequestWithContext(await.Context(t), method, devstack.Elasticsearch(t)+"/"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != status {
		t.Errorf("%s %s: got %s, want %d", method, path, response.Status, status)
	}
}

package judgment_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// plain ranks films by one multi_match query in an index of its own, with the standard
// analyzer: what a user of Elasticsearch sets up at once.
func plain(t testing.TB, name string, films map[string]map[string]any) func(testing.TB, string, int) []string {
	t.Helper()
	index := devstack.Elasticsearch(t) + "/" + name
	ask(t, http.MethodPut, index, encode(t, map[string]any{"mappings": map[string]any{"properties": map[string]any{
		"title": map[string]string{"type": "text"}, "description": map[string]string{"type": "text"}, "names": map[string]string{"type": "text"}}}}))
	var lines []byte
	for id, film := range films {
		lines = fmt.Appendf(lines, "%s\n%s\n", encode(t, map[string]any{"index": map[string]string{"_id": id}}), encode(t, film))
	}
	ask(t, http.MethodPost, index+"/_bulk?refresh=true", lines)
	return func(t testing.TB, text string, limit int) []string {
		t.Helper()
		var answer struct {
			Hits struct {
				Hits []struct {
					ID string `json:"_id"`
				} `json:"hits"`
			} `json:"hits"`
		}
		body := ask(t, http.MethodPost, index+"/_search", encode(t, map[string]any{"size": limit, "_source": false,
			"query": map[string]any{"multi_match": map[string]any{"query": text, "fields": []string{"title", "description", "names"}}}}))
		if err := json.Unmarshal(body, &answer); err != nil {
			t.Fatal(err)
		}
		var ids []string
		for _, h := range answer.Hits.Hits {
			ids = append(ids, h.ID)
		}
		return ids
	}
}

func encode(t testing.TB, v any) []byte {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// ask returns Elasticsearch's answer. A bulk request fails if one of its films does.
func ask(t testing.TB, method, url string, body []byte) []byte {
	t.Helper()
	request, err := http.NewRequestWithContext(await.Context(t), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var answer bytes.Buffer
	if _, err := answer.ReadFrom(response.Body); err != nil {
		t.Fatal(err)
	}
	if response.StatusCode != http.StatusOK || strings.HasPrefix(answer.String(), `{"errors":true`) {
		t.Fatalf("%s %s: %s: %.300s", method, url, response.Status, answer.String())
	}
	return answer.Bytes()
}

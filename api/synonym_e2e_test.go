package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Synonyms are written, listed, restored, followed and deleted as other nouns are.
func TestSynonymsOfPostgreSQL(t *testing.T) {
	t.Parallel()
	c := stored(t)
	const body = `{"synonym":{"words":["New York","nyc","big apple"],"from":"nyc"}}`
	created := c.write("POST", "/2.0/synonyms", body, "Idempotency-Key", "k").want(http.StatusCreated)
	if got := created.header.Get("Location"); got != "/2.0/synonyms/new-york" {
		t.Errorf("Location: got %q", got)
	}
	if again := c.write("POST", "/2.0/synonyms", body, "Idempotency-Key", "k").want(http.StatusCreated); again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("the creation was not replayed")
	}
	p := c.write("POST", "/2.0/synonym", `{"synonym":{"words":["new york!","ny"]}}`).refused(http.StatusConflict)
	if strings.Join(p.places(), " ") != "/synonym/words" || !strings.Contains(p.Errors[0].Reason, "makes the id new-york, which is taken") {
		t.Errorf("an id that is taken: got %+v", p.Errors)
	}
	p = c.write("POST", "/2.0/synonym", `{"synonym":{"words":["Лето","summer"]}}`).refused(http.StatusBadRequest)
	if got := strings.Join(p.places(), " "); got != "/synonym/id" {
		t.Errorf("a word that makes no id: faults at %s", got)
	}
	p = c.write("POST", "/2.0/synonym", `{"synonym":{"words":["a","A","b"],"from":"c","added":"x"}}`).refused(http.StatusBadRequest)
	if got := strings.Join(p.places(), " "); got != "/synonym/words/1 /synonym/added" {
		t.Errorf("faults at %s", got)
	}
	c.write("POST", "/2.0/synonym", `{"synonym":{"id":"summer","words":["Лето","summer"]}}`).want(http.StatusCreated)
	c.write("POST", "/2.0/synonym", `{"synonym":{"words":["car","automobile"]}}`).want(http.StatusCreated)

	first, version := created.header.Get("Etag"), created.header.Get("Catalogue-Version")
	c.write("PUT", "/2.0/synonyms/new-york", `{"synonym":{"words":["NY","New York"]}}`).refused(http.StatusBadRequest)
	updated := c.write("PUT", "/2.0/synonym/new-york", `{"synonym":{"words":["NY","New York"],"from":null}}`, "If-Match", first).want(http.StatusOK)
	if got := fmt.Sprint(updated.at("synonym", "id"), updated.at("synonym", "words"), updated.at("synonym", "from")); got != "new-york[NY New York] <nil>" {
		t.Errorf("updated: got %s", got)
	}
	c.write("PUT", "/2.0/synonym/new-york", `{"synonym":{"from":"NY"}}`, "If-Match", first).refused(http.StatusPreconditionFailed)
	restored := c.write("POST", "/2.0/synonyms/new-york/restore", `{"restore":{"version":`+version+`}}`).want(http.StatusOK)
	if got := fmt.Sprint(restored.at("synonym", "words"), restored.at("synonym", "from")); got != "[New York nyc big apple]nyc" {
		t.Errorf("restored: got %s", got)
	}

	for query, want := range map[string]string{"": "car new-york summer", "?sort=-id": "summer new-york car", "?sort=id&offset=1&limit=1": "new-york", "?ids=summer,car&sort=-id": "summer car"} {
		if got := strings.Join(c.get("/2.0/synonyms"+query).want(http.StatusOK).ids("synonyms"), " "); got != want {
			t.Errorf("GET /2.0/synonyms%s: got %s, want %s", query, got, want)
		}
	}
	if got := strings.Join(walk(t, c, "/2.0/synonyms?sort=-id&limit=1", "synonyms"), " "); got != "summer new-york car" {
		t.Errorf("by pages of one: got %s", got)
	}

	log := string(c.get("/2.0/changes?since=" + version).want(http.StatusOK).body)
	if strings.Count(log, `"noun":"synonym"`) != 4 || !strings.Contains(log, `"words":["NY","New York"],"from":null`) {
		t.Errorf("changes: got %s", log)
	}
	events, _ := c.write("GET", "/2.0/synonyms/new-york/history", "").want(http.StatusOK).at("history").([]any)
	if len(events) != 3 || fmt.Sprint(events[0].(map[string]any)["fields"]) != "[words from]" && fmt.Sprint(events[0].(map[string]any)["fields"]) != "[from words]" {
		t.Errorf("history: got %v", events)
	}
	c.write("DELETE", "/2.0/synonym/new-york", "").want(http.StatusNoContent)
	c.get("/2.0/synonyms/new-york").refused(http.StatusNotFound)
}

package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// Collections are written, restored, followed and deleted as other nouns are.
func TestCollectionsOfPostgreSQL(t *testing.T) {
	t.Parallel()
	c := stored(t)
	for _, title := range []string{"Heat", "Ronin", "Thief"} {
		c.post("/2.0/movies", `{"movie":{"title":"`+title+`"}}`)
	}
	const body = `{"collection":{"name":"Heist night","pins":["3","1"],"hidden":["2"],"periods":[{"from":"10-01T20-00","to":"10-01T23-59","every":"year"}]}}`
	created := c.write("POST", "/2.0/collections", body, "Idempotency-Key", "k").want(http.StatusCreated)
	if got := created.header.Get("Location"); got != "/2.0/collections/heist-night" {
		t.Errorf("Location: got %q", got)
	}
	if again := c.write("POST", "/2.0/collections", body, "Idempotency-Key", "k").want(http.StatusCreated); again.header.Get("Idempotency-Replayed") != "true" {
		t.Error("the creation was not replayed")
	}
	c.write("POST", "/2.0/collection", `{"collection":{"name":"HEIST NIGHT","id":"other"}}`).refused(http.StatusConflict)
	p := c.write("POST", "/2.0/collection", `{"collection":{"name":"Other","pins":["1","77"],"hidden":["78",{"name":"Heat"}]}}`).refused(http.StatusBadRequest)
	if got := strings.Join(p.places(), " "); got != "/collection/hidden/1 /collection/pins/1 /collection/hidden/0" {
		t.Errorf("unknown films: faults at %s", got)
	}
	first, version := created.header.Get("Etag"), created.header.Get("Catalogue-Version")
	updated := c.write("PUT", "/2.0/collection/heist-night", `{"collection":{"pins":["1"],"periods":null}}`, "If-Match", first).want(http.StatusOK)
	if got := fmt.Sprint(updated.at("collection", "pins"), updated.at("collection", "hidden"), updated.at("collection", "periods")); got != "[1] [2] []" {
		t.Errorf("updated: got %s", got)
	}
	c.write("PUT", "/2.0/collection/heist-night", `{"collection":{"pins":[]}}`, "If-Match", first).refused(http.StatusPreconditionFailed)
	c.write("DELETE", "/2.0/movies/2", "").refused(http.StatusConflict)
	c.write("DELETE", "/2.0/movies/2?cascade=yes", "").refused(http.StatusBadRequest)
	c.write("DELETE", "/2.0/movies/2?cascade=false", "").refused(http.StatusConflict)
	restored := c.write("POST", "/2.0/collections/heist-night/restore", `{"restore":{"version":`+version+`}}`).want(http.StatusOK)
	if got := fmt.Sprint(restored.at("collection", "pins"), restored.at("collection", "periods")); got != "[3 1] [map[every:year from:10-01T20-00 to:10-01T23-59 zone:UTC]]" {
		t.Errorf("restored: got %s", got)
	}
	c.write("DELETE", "/2.0/movies/3?cascade=true", "").want(http.StatusNoContent)
	p = c.write("POST", "/2.0/collections/heist-night/restore", `{"restore":{"version":`+version+`}}`).refused(http.StatusBadRequest)
	if len(p.Errors) != 1 || p.Errors[0].Value != "3" || !strings.Contains(p.Errors[0].Reason, "its pins/0 is not the id of a movie") {
		t.Errorf("a state with a film that is gone: got %+v", p.Errors)
	}
	log := string(c.write("GET", "/2.0/changes?since="+updated.header.Get("Catalogue-Version"), "").want(http.StatusOK).body)
	if strings.Count(log, `"noun":"collection","operation":"update"`) != 2 || !strings.Contains(log, `"pins":["1"],"hidden":["2"]`) || strings.Contains(log, `"active`) {
		t.Errorf("changes: got %s", log)
	}
	events, _ := c.write("GET", "/2.0/collections/heist-night/history", "").want(http.StatusOK).at("history").([]any)
	var fields []string
	for _, e := range events {
		fields = append(fields, fmt.Sprint(e.(map[string]any)["fields"]))
	}
	if got := strings.Join(fields, " "); got != "[pins] [pins periods] [pins periods] []" {
		t.Errorf("history: got %s", got)
	}
	c.write("DELETE", "/2.0/collections/heist-night", "").want(http.StatusNoContent)
	c.get("/2.0/collections/heist-night").refused(http.StatusNotFound)
	c.write("DELETE", "/2.0/movies/2", "").want(http.StatusNoContent)
}

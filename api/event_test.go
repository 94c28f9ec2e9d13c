package api_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"marquee/api"
)

// Every answer has one event, with the template of its route.
func TestEvents(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	var events []api.Event
	c.handler = api.New(api.Config{Catalogue: m, Versions: m, Logger: quiet(), Observe: func(e api.Event) { events = append(events, e) }})
	bearer := func(token string) []string { return []string{"Authorization", "Bearer " + token} }
	const film = "/2.0/movies/{movie_id}"
	for _, ask := range []struct {
		method, target string
		headers        []string
		want           api.Event
	}{
		{"GET", "/2.0/movies/1?fields=title", nil, api.Event{Route: film, Status: 200}},
		{"HEAD", "/2.0/movies/1", nil, api.Event{Route: film, Status: 200}},
		{"GET", "/2.0/movies/999999", nil, api.Event{Route: film, Status: 404}},
		{"GET", "/2.0/movies?limit=0", nil, api.Event{Route: "/2.0/movies", Status: 400}},
		{"PATCH", "/2.0/movies", nil, api.Event{Route: "/2.0/movies", Status: 405}},
		{"OPTIONS", "/2.0/movies", nil, api.Event{Route: "/2.0/movies", Status: 204}},
		{"GET", "/2.0/nothing/here", nil, api.Event{Status: 404}},
		{"GET", "/livez", nil, api.Event{Route: "/livez", Status: 200}},
		{"DELETE", "/2.0/movies/1", nil, api.Event{Route: film, Status: 401, Refusal: api.NoCredentials}},
		{"GET", "/2.0/movies", bearer("unknown"), api.Event{Route: "/2.0/movies", Status: 401, Refusal: api.NoCredentials}},
		{"GET", "/2.0/apps", bearer(editorToken), api.Event{Route: "/2.0/apps", Status: 403, Refusal: api.RoleForbids}},
	} {
		events = nil
		a := c.do(ask.method, ask.target, "", ask.headers...)
		ask.want.Method = ask.method
		if diff := cmp.Diff([]api.Event{ask.want}, events, cmpopts.IgnoreFields(api.Event{}, "Took", "Request", "ID", "Bytes")); diff != "" {
			t.Errorf("%s %s (-want +got):\n%s", ask.method, ask.target, diff)
		}
		if len(events) == 1 && (events[0].Took <= 0 || events[0].Took > time.Minute) {
			t.Errorf("%s %s took %v", ask.method, ask.target, events[0].Took)
		}
		if len(events) == 1 && ask.method != "HEAD" && events[0].Bytes != len(a.body) {
			t.Errorf("%s %s: got %d bytes, want %d", ask.method, ask.target, events[0].Bytes, len(a.body))
		}
	}
}

// A request of the cache in front has an event that says so. A refused admission has
// one too, because the API answers it.
func TestEventsWithACache(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	var events []api.Event
	config := api.Config{Catalogue: m, Versions: m, Logger: quiet(), Limits: &api.Limits{Limiter: stopped(), Address: 3}, Observe: func(e api.Event) { events = append(events, e) }}
	tail := &memoryTail{memory: m}
	tail.follow(0)
	c.handler = withCache(t, config, tail)
	const film = "/2.0/movies/{movie_id}"
	c.get("/2.0/movies/1").want(http.StatusOK)
	c.get("/2.0/movies/1").want(http.StatusOK) // a hit, which the API does not see
	c.get("/2.0/movies/2").want(http.StatusTooManyRequests)
	want := []api.Event{{Route: film, Method: "GET", Status: 200, FromCache: true}, {Route: film, Method: "GET", Status: 429}}
	if diff := cmp.Diff(want, events, cmpopts.IgnoreFields(api.Event{}, "Took", "Request", "ID", "Bytes")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

package api_test

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/api"
	"marquee/deploy/devstack"
	search "marquee/search/postgres"
	"marquee/search/text"
	"marquee/storage/counter"
	"marquee/storage/credential"
	"marquee/storage/postgres"
	"marquee/storage/secret"
)

// process is one of several APIs over a database.
type process struct {
	*client
	store *postgres.Store
	// stop ends the process like a shutdown, which flushes its counters.
	stop func()
}

// processes returns APIs over one empty database, with a client who is an admin.
func processes(t *testing.T, n int) []process {
	t.Helper()
	url := devstack.Postgres(t)
	if _, err := postgres.Migrate(t.Context(), url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	ring, err := secret.Parse(strings.Repeat("ab", secret.KeySize))
	if err != nil {
		t.Fatal(err)
	}
	var out []process
	token := ""
	for range n {
		s, err := postgres.Open(t.Context(), url, postgres.WithSecrets(ring), postgres.WithAnalysis(text.Analysis{}))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(s.Close)
		if token == "" {
			if token, err = s.CreateToken(t.Context(), credential.User{Name: "ada", Role: credential.Admin}); err != nil {
				t.Fatal(err)
			}
		}
		views := counter.New(counter.Config{Store: s, Logger: quiet(), Every: 20 * time.Millisecond})
		handler := api.New(api.Config{Catalogue: &searched{s, search.New(s)}, Views: views, Logger: quiet(), QueryTimeout: 30 * time.Second})
		ctx, cancel := context.WithCancel(context.Background())
		var running sync.WaitGroup
		running.Go(func() { views.Run(ctx) })
		stop := func() { cancel(); running.Wait() }
		t.Cleanup(stop)
		out = append(out, process{&client{t: t, handler: handler, token: token}, s, stop})
	}
	return out
}

// Users vote concurrently and repeatedly through two processes. In the end the last
// vote of each user counts once, and every view counts.
func TestCountsOfTwoProcesses(t *testing.T) {
	t.Parallel()
	const users, rounds = 6, 5
	p := processes(t, 2)
	p[0].post("/2.0/movies", `{"movie":{"title":"Heat"}}`)
	before := p[0].get("/2.0/movies/1")
	var group sync.WaitGroup
	for u := range users {
		token, err := p[0].store.CreateToken(t.Context(), credential.User{Name: fmt.Sprint("user ", u), Role: credential.Editor})
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() {
			do := func(process int, method, word string) {
				c := &client{t: t, handler: p[process%2].handler, token: token}
				if a := c.write(method, "/2.0/movies/1/"+word, ""); a.status != http.StatusNoContent {
					t.Errorf("%s: got %d %s", a.what, a.status, a.body)
				}
			}
			for round := range rounds {
				do(u+round, "PUT", "like")
				do(u+round, "POST", "views")
				do(u+round+1, "PUT", "dislike")
			}
			switch u % 3 { // two users each
			case 0:
				do(u, "PUT", "like")
			case 1:
				do(u, "DELETE", "vote")
			}
		})
	}
	group.Wait()
	p[0].stop()
	p[1].stop()
	after := p[1].get("/2.0/movies/1").want(http.StatusOK)
	for field, want := range map[string]int{"likes": 2, "dislikes": 2, "views": users * rounds} {
		if got := fmt.Sprint(after.at("movie", field)); got != fmt.Sprint(want) {
			t.Errorf("%s: got %s, want %d", field, got, want)
		}
	}
	if after.at("movie", "modified") != before.at("movie", "modified") || fmt.Sprint(p[0].get("/2.0/changes").at("meta", "version")) != "1" {
		t.Error("counters created a version")
	}
}

func TestCountsOfEpisodes(t *testing.T) {
	t.Parallel()
	p := processes(t, 1)[0]
	p.post("/2.0/series", `{"serie":{"title":"Dark"}}`)
	p.post("/2.0/series/1/seasons", `{"season":{"number":1}}`)
	p.post("/2.0/series/1/seasons/1/episodes", `{"episode":{"number":1}}`)
	p.do("POST", "/2.0/series/1/seasons/1/episodes/1/views", "").want(http.StatusNoContent)
	p.do("POST", "/2.0/episodes/1/views", "").want(http.StatusNoContent)
	p.write("PUT", "/2.0/series/1/like", "").want(http.StatusNoContent)
	p.write("PUT", "/2.0/series/2/like", "").refused(http.StatusNotFound)
	p.write("DELETE", "/2.0/series/2/vote", "").refused(http.StatusNotFound)
	p.stop()
	if got := fmt.Sprintf("%v %v", p.get("/2.0/episodes/1").at("episode", "views"), p.get("/2.0/series/1").at("serie", "likes")); got != "2 1" {
		t.Errorf("views and likes are %s", got)
	}
}

// Every noun can be restored if the objects that the earlier state refers to still
// exist.
func TestRestoreInPostgreSQL(t *testing.T) {
	t.Parallel()
	p := processes(t, 1)[0]
	for _, e := range examples {
		plural := e.collection[strings.LastIndex(e.collection, "/")+1:]
		n := nounOf(plural)
		created := p.write("POST", e.collection, `{"`+n.Name+`":`+e.body+`}`).want(http.StatusCreated)
		location := created.header.Get("Location")
		flat := "/2.0/" + plural + location[strings.LastIndex(location, "/"):]
		p.write("PUT", location, `{"`+n.Name+`":`+e.update+`}`).want(http.StatusOK)
		restored := p.write("POST", flat+"/restore", `{"restore":{"version":`+created.header.Get("Catalogue-Version")+`}}`).want(http.StatusOK)
		if got, want := restored.at(n.Name, e.field), created.at(n.Name, e.field); got != want {
			t.Errorf("%s: %s: got %v, want %v", flat, e.field, got, want)
		}
		events, _ := p.write("GET", flat+"/history", "").want(http.StatusOK).at("history").([]any)
		if len(events) != 3 || fmt.Sprint(events[0].(map[string]any)["fields"]) != "["+e.field+"]" || events[0].(map[string]any)["who"] != "ada" {
			t.Errorf("the history of %s: got %v", flat, events)
		}
	}
	v := p.write("PUT", "/2.0/movies/1", `{"movie":{"imdb_id":"tt0113277"}}`).header.Get("Catalogue-Version")
	p.write("PUT", "/2.0/movies/1", `{"movie":{"genres":[],"starring":[],"imdb_id":null}}`).want(http.StatusOK)
	p.write("DELETE", "/2.0/genres/crime", "").want(http.StatusNoContent)
	refused := p.write("POST", "/2.0/movies/1/restore", `{"restore":{"version":`+v+`}}`).refused(http.StatusBadRequest)
	if got := refused.places(); len(got) != 1 || got[0] != "/restore/version" || !strings.Contains(refused.Detail, "genres/0") {
		t.Errorf("got %+v", refused)
	}
	p.post("/2.0/genres", `{"genre":{"name":"Crime"}}`)
	p.post("/2.0/movies", `{"movie":{"title":"Heat","imdb_id":"tt0113277"}}`)
	refused = p.write("POST", "/2.0/movies/1/restore", `{"restore":{"version":`+v+`}}`).refused(http.StatusConflict)
	if got := refused.places(); len(got) != 1 || got[0] != "/restore/version" {
		t.Errorf("got %+v", refused)
	}
}

// An app or token that an admin creates over HTTP gives access until it is revoked or
// rotated.
func TestGrantsInPostgreSQL(t *testing.T) {
	t.Parallel()
	p := processes(t, 1)[0]
	app := p.write("POST", "/2.0/apps", `{"app":{"name":"Player"}}`).want(http.StatusCreated)
	made := p.write("POST", "/2.0/tokens", `{"token":{"user":"eve","app":"Player","role":"admin"}}`).want(http.StatusCreated)
	signer := func(token *answer) string {
		s, err := p.store.Signer(t.Context(), app.at("app", "consumer_key").(string), token.at("token", "oauth_token").(string))
		if err != nil {
			t.Fatal(err)
		}
		return s.ConsumerSecret + " " + s.TokenSecret
	}
	if got, want := signer(made), fmt.Sprint(app.at("app", "consumer_secret"), " ", made.at("token", "oauth_token_secret")); got != want {
		t.Errorf("stored secrets: got %s, want %s", got, want)
	}
	eve := &client{t: t, handler: p.handler, token: made.at("token", "token").(string)}
	eve.post("/2.0/movies", `{"movie":{"title":"Heat"}}`)
	eve.write("GET", "/2.0/apps", "").refused(http.StatusForbidden) // her app is no admin
	token := "/2.0/tokens/" + made.at("token", "id").(string)
	renewed := p.write("POST", token+"/rotate", "").want(http.StatusOK)
	eve.write("GET", "/2.0/movies", "").refused(http.StatusUnauthorized)
	eve.token = renewed.at("token", "token").(string)
	eve.write("GET", "/2.0/movies", "").want(http.StatusOK)
	if rotated := p.write("POST", app.header.Get("Location")+"/rotate", "").want(http.StatusOK); !strings.HasPrefix(signer(renewed), rotated.at("app", "consumer_secret").(string)) {
		t.Error("the new secret is not what signatures are checked with")
	}
	p.write("DELETE", app.header.Get("Location"), "").want(http.StatusNoContent)
	eve.write("GET", "/2.0/movies", "").refused(http.StatusUnauthorized)
	p.write("DELETE", token, "").want(http.StatusNoContent)
	p.write("DELETE", token, "").refused(http.StatusNotFound)
}

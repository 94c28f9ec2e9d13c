package api_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"marquee/api"
	"marquee/api/route"
	"marquee/cache/nonce"
	"marquee/storage"
)

func TestVotes(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	c.token = readerToken // a vote is no edit
	for _, noun := range []*storage.Noun{storage.Movie, storage.Serie} {
		object, singular := "/2.0/"+noun.Plural+"/1", "/2.0/"+noun.Name+"/1"
		for _, v := range []struct {
			method, word, body string
			want               storage.Vote
		}{
			{"PUT", "like", "", storage.Like}, {"PUT", "dislike", `{"meta":{}}`, storage.Dislike},
			{"DELETE", "vote", `{}`, storage.None}, {"DELETE", "vote", "", storage.None},
		} {
			version := m.Version()
			for _, path := range []string{object, singular} {
				delete(m.votes, noun.Name+" 1 ray")
				a := c.write(v.method, path+"/"+v.word, v.body).want(http.StatusNoContent)
				if got := a.header.Get("Catalogue-Version"); len(a.body) > 0 || got != strconv.FormatInt(version, 10) {
					t.Errorf("%s: Catalogue-Version: got %q, want %d; %s", a.what, got, version, a.body)
				}
				if got := m.votes[noun.Name+" 1 ray"]; got != v.want || m.Version() != version {
					t.Errorf("%s of %s: vote: got %d, want %d", v.word, path, got, v.want)
				}
			}
		}
		c.do("PUT", object+"/like", "").refused(http.StatusUnauthorized)
		c.write("PUT", "/2.0/"+noun.Plural+"/99/like", "").refused(http.StatusNotFound)
		c.write("PUT", "/2.0/"+noun.Plural+"/x/like", "").refused(http.StatusNotFound)
		c.write("PUT", object+"/like?x=1", "").refused(http.StatusBadRequest)
		if p := c.write("PUT", object+"/like", `{"meta":{"a":1},"movie":{}}`).refused(http.StatusBadRequest); strings.Join(p.places(), " ") != "/meta/a /movie" {
			t.Errorf("faults at %v", p.places())
		}
		c.write("PUT", object+"/dislike", `{}`, "Content-Type", "text/plain").refused(http.StatusUnsupportedMediaType)
	}
}

// An app that acts for itself has no vote.
func TestVotesOfApps(t *testing.T) {
	t.Parallel()
	server := secured(t, nonce.NewMemory(1000, nil), nil)
	app := signed(t, consumerKey, consumerSecret, "", "")
	for path, method := range map[string]string{"like": "PUT", "dislike": "PUT", "vote": "DELETE"} {
		target := server.URL + "/2.0/movies/1/" + path
		if p := request(t, app, method, target, "").refused(http.StatusForbidden); !strings.Contains(p.Detail, "needs a user") {
			t.Errorf("%s: got %s", path, p.Detail)
		}
		request(t, ann(t), method, target, "").want(http.StatusNoContent)
	}
}

func TestViews(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	c.post("/2.0/series", `{"serie":{"title":"Other"}}`)
	for _, target := range []string{"/2.0/movies/1/views", "/2.0/series/1/views", "/2.0/episodes/1/views", "/2.0/series/1/seasons/1/episodes/1/views", "/2.0/movie/1/views", "/2.0/episode/1/views"} {
		if a := c.do("POST", target, "").want(http.StatusNoContent); a.header.Get("Catalogue-Version") != strconv.FormatInt(m.Version(), 10) {
			t.Errorf("%s: got %v", a.what, a.header)
		}
		c.write("POST", target, `{"meta":{}}`).want(http.StatusNoContent)
	}
	for object, want := range map[string]int{"movie 1": 4, "serie 1": 2, "episode 1": 6} {
		if got := m.views[object]; got != want {
			t.Errorf("%s has %d views, want %d", object, got, want)
		}
	}
	for _, none := range []string{"/2.0/movies/99/views", "/2.0/series/2/seasons/1/episodes/1/views", "/2.0/series/1/seasons/1/episodes/99/views"} {
		c.do("POST", none, "").refused(http.StatusNotFound)
	}
	c.do("POST", "/2.0/movies/1/views", "", "Authorization", "Bearer nobody").refused(http.StatusUnauthorized)
	c.do("POST", "/2.0/movies/1/views", `{"views":7}`).refused(http.StatusBadRequest)
	if len(m.views) != 3 {
		t.Errorf("views: %v", m.views)
	}
	uncounted := &client{t: t, handler: api.New(api.Config{Catalogue: m, Logger: quiet()})}
	uncounted.do("POST", "/2.0/movies/1/views", "").want(http.StatusNoContent)
}

// Requests whose answers depend on the user or change with every request have no
// plan.
func TestNoPlanForActions(t *testing.T) {
	t.Parallel()
	_, m := seeded(t)
	a := api.New(api.Config{Catalogue: m, Logger: quiet()})
	for _, r := range route.Table() {
		if r.Kind < route.Vote {
			continue
		}
		for _, method := range append(r.Methods(), "GET") {
			if p := a.Plan(httptest.NewRequestWithContext(context.Background(), method, path(r), nil)); p != nil {
				t.Errorf("%s %s: %+v", method, r.Template, p)
			}
		}
	}
}

package program

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"marquee/api"
	"marquee/deploy/devstack"
)

// Whatever happens to Elasticsearch, searches are answered, in time and in full;
// what stands in says so, and hands back by itself.
func TestSearchWithoutElasticsearch(t *testing.T) {
	t.Parallel()
	es := devstack.StartElasticsearch(t)
	e := searchable(t, es.URL())
	s := startServing(t, e)
	s.token = newToken(t, e)
	want := ferries(t, s.site)
	s.indexed(t)
	queries := []string{"q=ferry&sort=added", "genres=harbour&sort=added", "q=" + url.QueryEscape("[Ff]erry") + "&q_type=regex&sort=added"}
	standsIn := func(what string) {
		t.Helper()
		for range 2 {
			for _, q := range queries {
				began := time.Now()
				f, err := s.list(t.Context(), q)
				if err != nil || !slices.Equal(f.ids(), want) || !f.Meta.Degraded || f.Meta.Indexed != nil || time.Since(began) > slowestList {
					t.Errorf("%s, %s: %+v, %v after %v", what, q, f, err, time.Since(began))
				}
			}
		}
		eventually(t, func() error { // the probe has a deadline too, for PostgreSQL as well
			return s.tells(t, http.MethodGet, "/readyz", "", nil, http.StatusOK, `"status":"ready"`, `"elasticsearch":"down"`, `"postgresql":"up"`, `"degraded":["search-stand-in"]`)
		})
		want = append(want, s.post(t, "/2.0/movies", `{"movie":{"title":"Ferry meanwhile","genres":["harbour"]}}`).at(t, "movie.id"))
	}
	handsBack := func(what string) {
		t.Helper()
		s.indexed(t)
		for _, q := range queries {
			s.ofIndex(t, what+", "+q, q, want)
		}
		eventually(t, func() error {
			if a := s.get(t, "/readyz"); a.at(t, "dependencies.elasticsearch") != "up" {
				return fmt.Errorf("Elasticsearch answers, but not for the probe: %s", a.body)
			}
			return nil
		})
	}
	handsBack("at the start")
	es.Kill()
	standsIn("killed")
	es.Restart()
	handsBack("restarted")
	es.Stop()
	standsIn("frozen")
	es.Continue()
	handsBack("going on")
	es.RestartEmpty()
	handsBack("restarted empty")
	clean(t, e)
}

// slowestList is what a list may take, whatever happens: the store's part has a
// deadline, of which a frozen index takes some.
const slowestList = api.DefaultQueryTimeout + time.Second

// A cursor of the stand-in's ranking goes on with it when the index is back; one
// of the index's is refused, in words, while the index is away.
func TestCursorOfARanking(t *testing.T) {
	t.Parallel()
	es := devstack.StartElasticsearch(t)
	e := searchable(t, es.URL())
	s := startServing(t, e)
	s.token = newToken(t, e)
	ferries(t, s.site)
	s.indexed(t)
	next := func(said string) (target string) { // the second page of who says so
		t.Helper()
		eventually(t, func() error {
			first := s.get(t, "/2.0/movies?q=ferry&limit=1")
			if first.at(t, said) == "<nil>" {
				return fmt.Errorf("it lacks %s: %s", said, first.body)
			}
			link := first.header.Get("Link")
			_, cursor, ok := strings.Cut(link, "cursor=")
			cursor, _, more := strings.Cut(cursor, ">")
			if !ok || !more {
				t.Fatalf("no next page in %s", link)
			}
			target = "/2.0/movies?q=ferry&limit=1&cursor=" + cursor
			return nil
		})
		return target
	}
	goesOn := func(target string) {
		t.Helper()
		eventually(t, func() error { return s.tells(t, http.MethodGet, target, "", nil, http.StatusOK) })
	}
	ofIndex := next("meta.index_version")
	goesOn(ofIndex)
	es.Kill()
	contains(t, string(s.do(t, http.MethodGet, ofIndex, "", http.StatusBadRequest).body), "begin the list again", `"parameter":"cursor"`)
	ofStandIn := next("meta.degraded")
	s.get(t, ofStandIn)
	es.Restart()
	s.indexed(t)
	if a := s.get(t, ofStandIn); a.at(t, "meta.degraded") != "true" {
		t.Errorf("the stand-in's list goes on elsewhere: %s", a.body)
	}
	goesOn(ofIndex)
}

// One process writes and keeps the index; another, with the role of an API only,
// shows it.
func TestRoles(t *testing.T) {
	t.Parallel()
	e := shared(t)
	contains(t, fail(t, environment{"MARQUEE_DATA_DIR": t.TempDir()}, "api", "--listen", "127.0.0.1:0"), "--database-url")
	reader := startRole(t, e, "api", "--listen", "127.0.0.1:0")
	writer := startServing(t, e)
	writer.token = newToken(t, e)
	want := ferries(t, writer.site)
	site{reader.base, writer.token}.indexed(t)
	f, err := reader.search(t.Context(), "genres=harbour&sort=added")
	if err != nil || !slices.Equal(f.ids(), want) || f.Meta.Indexed == nil {
		t.Errorf("%+v, %v", f, err)
	}
	if err := writer.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	last := site{reader.base, writer.token}.post(t, "/2.0/movies", `{"movie":{"title":"Ferry without an indexer","genres":["harbour"]}}`)
	f, err = reader.search(t.Context(), "genres=harbour&sort=added")
	if want = append(want, last.at(t, "movie.id")); err != nil || !slices.Equal(f.ids(), want) || f.Meta.Degraded {
		t.Errorf("without an indexer: %+v, %v; want %v", f, err, want)
	}
}

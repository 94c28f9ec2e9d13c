package search_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"marquee/deploy/await"

	"marquee/api"
	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// Whatever happens to Elasticsearch, searches are answered, in time and in full;
// what stands in says so, and hands back by itself.
func TestSearchWithoutElasticsearch(t *testing.T) {
	t.Parallel()
	es := devstack.StartElasticsearch(t)
	e := fixture.WithIndexAt(t, es.URL())
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	want := fixture.Ferries(t, s.Site)
	s.Indexed(t)
	queries := []string{"q=ferry&sort=added", "genres=harbour&sort=added", "q=" + url.QueryEscape("[Ff]erry") + "&q_type=regex&sort=added"}
	standsIn := func(what string) {
		t.Helper()
		for range 2 {
			for _, q := range queries {
				began := time.Now()
				f, err := s.List(t.Context(), q)
				if err != nil || !slices.Equal(f.IDs(), want) || !f.Meta.Degraded || f.Meta.Indexed != nil || time.Since(began) > slowestList {
					t.Errorf("%s, %s: %+v, %v after %v", what, q, f, err, time.Since(began))
				}
			}
		}
		await.Nil(t, func() error { // the probe has a deadline too, for PostgreSQL as well
			return s.Expect(t, http.MethodGet, "/readyz", "", nil, http.StatusOK, `"status":"ready"`, `"elasticsearch":"down"`, `"postgresql":"up"`, `"degraded":["search-stand-in"]`)
		})
		want = append(want, s.Post(t, "/2.0/movies", `{"movie":{"title":"Ferry meanwhile","genres":["harbour"]}}`).At(t, "movie.id"))
	}
	handsBack := func(what string) {
		t.Helper()
		s.Indexed(t)
		for _, q := range queries {
			s.OfIndex(t, what+", "+q, q, want)
		}
		await.Nil(t, func() error {
			if a := s.Get(t, "/readyz"); a.At(t, "dependencies.elasticsearch") != "up" {
				return fmt.Errorf("Elasticsearch answers, but not for the probe: %s", a.Body)
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
	fixture.VerifyIndex(t, e)
}

// slowestList is what a list may take, whatever happens: the store's part has a
// deadline, of which a frozen index takes some.
const slowestList = api.DefaultQueryTimeout + time.Second

// A cursor of the stand-in's ranking goes on with it when the index is back; one
// of the index's is refused, in words, while the index is away.
func TestCursorOfARanking(t *testing.T) {
	t.Parallel()
	es := devstack.StartElasticsearch(t)
	e := fixture.WithIndexAt(t, es.URL())
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	fixture.Ferries(t, s.Site)
	s.Indexed(t)
	next := func(said string) (target string) { // the second page of who says so
		t.Helper()
		await.Nil(t, func() error {
			first := s.Get(t, "/2.0/movies?q=ferry&limit=1")
			if first.At(t, said) == "<nil>" {
				return fmt.Errorf("it lacks %s: %s", said, first.Body)
			}
			link := first.Header.Get("Link")
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
		await.Nil(t, func() error { return s.Expect(t, http.MethodGet, target, "", nil, http.StatusOK) })
	}
	ofIndex := next("meta.index_version")
	goesOn(ofIndex)
	es.Kill()
	fixture.Contains(t, string(s.Do(t, http.MethodGet, ofIndex, "", http.StatusBadRequest).Body), "begin the list again", `"parameter":"cursor"`)
	ofStandIn := next("meta.degraded")
	s.Get(t, ofStandIn)
	es.Restart()
	s.Indexed(t)
	if a := s.Get(t, ofStandIn); a.At(t, "meta.degraded") != "true" {
		t.Errorf("the stand-in's list goes on elsewhere: %s", a.Body)
	}
	goesOn(ofIndex)
}

// One process writes and keeps the index; another, with the role of an API only,
// shows it.
func TestRoles(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	fixture.Contains(t, fixture.Fail(t, fixture.Env{"MARQUEE_DATA_DIR": t.TempDir()}, "api", "--listen", "127.0.0.1:0"), "--database-url")
	reader := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0")
	writer := fixture.Serve(t, e)
	writer.Token = fixture.NewToken(t, e)
	want := fixture.Ferries(t, writer.Site)
	fixture.Site{Base: reader.Base, Token: writer.Token}.Indexed(t)
	f, err := reader.Search(t.Context(), "genres=harbour&sort=added")
	if err != nil || !slices.Equal(f.IDs(), want) || f.Meta.Indexed == nil {
		t.Errorf("%+v, %v", f, err)
	}
	if err := writer.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	last := fixture.Site{Base: reader.Base, Token: writer.Token}.Post(t, "/2.0/movies", `{"movie":{"title":"Ferry without an indexer","genres":["harbour"]}}`)
	f, err = reader.Search(t.Context(), "genres=harbour&sort=added")
	if want = append(want, last.At(t, "movie.id")); err != nil || !slices.Equal(f.IDs(), want) || f.Meta.Degraded {
		t.Errorf("without an indexer: %+v, %v; want %v", f, err, want)
	}
}

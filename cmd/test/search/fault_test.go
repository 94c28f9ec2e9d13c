package search_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"marquee/api"
	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// During faults of Elasticsearch, searches are answered in time and completely by the
// fallback, which marks its replies. The index is used again without a restart.
func TestSearchWithoutElasticsearch(t *testing.T) {
	t.Parallel()
	es := devstack.StartElasticsearch(t)
	e := fixture.WithIndexAt(t, es.URL())
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	want := fixture.Ferries(t, s.Site)
	s.AwaitIndex(t)
	queries := []string{"q=ferry&sort=added", "genres=harbour&sort=added", "q=" + url.QueryEscape("[Ff]erry") + "&q_type=regex&sort=added"}
	fallsBack := func(what string) {
		t.Helper()
		for range 2 {
			for _, q := range queries {
				began := time.Now()
				f, err := s.List(t.Context(), q)
				if err != nil || !slices.Equal(f.IDs(), want) || !f.Meta.Degraded || f.Meta.Indexed != nil || time.Since(began) > slowestList {
					t.Errorf("%s, %s: got %+v, %v after %v; want %v by the fallback", what, q, f, err, time.Since(began), want)
				}
			}
		}
		await.Nil(t, func() error { // pings have a deadline, also that of PostgreSQL
			return s.Expect(t, http.MethodGet, "/readyz", "", nil, http.StatusOK, `"status":"ready"`, `"elasticsearch":"down"`, `"postgresql":"up"`, `"degraded":["search-stand-in"]`)
		})
		want = append(want, s.Post(t, "/2.0/movies", `{"movie":{"title":"Ferry meanwhile","genres":["harbour"]}}`).At(t, "movie.id"))
	}
	recovers := func(what string) {
		t.Helper()
		s.AwaitIndex(t)
		for _, q := range queries {
			s.AwaitFilms(t, what+", "+q, q, want)
		}
		await.Nil(t, func() error {
			if a := s.Get(t, "/readyz"); a.At(t, "dependencies.elasticsearch") != "up" {
				return fmt.Errorf("/readyz: got %s, want elasticsearch up", a.Body)
			}
			return nil
		})
	}
	recovers("at the start")
	es.Kill()
	fallsBack("killed")
	es.Restart()
	recovers("restarted")
	es.Stop()
	fallsBack("frozen")
	es.Continue()
	recovers("going on")
	es.RestartEmpty()
	recovers("restarted empty")
	fixture.VerifyIndex(t, e)
}

// slowestList is the largest duration of a list. The query has a deadline, of which a
// frozen index uses a part.
const slowestList = api.DefaultQueryTimeout + time.Second

// A cursor of the fallback's ranking continues with the fallback after the index is back.
// A cursor of the index's ranking is refused while the index is down.
func TestCursorOfRanking(t *testing.T) {
	t.Parallel()
	es := devstack.StartElasticsearch(t)
	e := fixture.WithIndexAt(t, es.URL())
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	fixture.Ferries(t, s.Site)
	s.AwaitIndex(t)
	next := func(member string) (target string) { // the second page of the engine that sets the member
		t.Helper()
		await.Nil(t, func() error {
			first := s.Get(t, "/2.0/movies?q=ferry&limit=1")
			if first.At(t, member) == "<nil>" {
				return fmt.Errorf("got %s, want %s in it", first.Body, member)
			}
			link := first.Header.Get("Link")
			_, cursor, ok := strings.Cut(link, "cursor=")
			cursor, _, more := strings.Cut(cursor, ">")
			if !ok || !more {
				t.Fatalf("got the Link %s, want a next page", link)
			}
			target = "/2.0/movies?q=ferry&limit=1&cursor=" + cursor
			return nil
		})
		return target
	}
	continues := func(target string) {
		t.Helper()
		await.Nil(t, func() error { return s.Expect(t, http.MethodGet, target, "", nil, http.StatusOK) })
	}
	ofIndex := next("meta.index_version")
	continues(ofIndex)
	es.Kill()
	fixture.Contains(t, string(s.Do(t, http.MethodGet, ofIndex, "", http.StatusBadRequest).Body), "begin the list again", `"parameter":"cursor"`)
	ofFallback := next("meta.degraded")
	s.Get(t, ofFallback)
	es.Restart()
	s.AwaitIndex(t)
	if a := s.Get(t, ofFallback); a.At(t, "meta.degraded") != "true" {
		t.Errorf("the next page of the fallback: got %s, want the fallback again", a.Body)
	}
	continues(ofIndex)
}

// A process of the role api shows the index that another process maintains.
func TestRoles(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	fixture.Contains(t, fixture.Fail(t, fixture.Env{"MARQUEE_DATA_DIR": t.TempDir()}, "api", "--listen", "127.0.0.1:0"), "--database-url")
	reader := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0")
	writer := fixture.Serve(t, e)
	writer.Token = fixture.NewToken(t, e)
	want := fixture.Ferries(t, writer.Site)
	fixture.Site{Base: reader.Base, Token: writer.Token}.AwaitIndex(t)
	f, err := reader.Search(t.Context(), "genres=harbour&sort=added")
	if err != nil || !slices.Equal(f.IDs(), want) || f.Meta.Indexed == nil {
		t.Errorf("got %+v, %v; want %v by the index", f, err, want)
	}
	if err := writer.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	last := fixture.Site{Base: reader.Base, Token: writer.Token}.Post(t, "/2.0/movies", `{"movie":{"title":"Ferry without an indexer","genres":["harbour"]}}`)
	f, err = reader.Search(t.Context(), "genres=harbour&sort=added")
	if want = append(want, last.At(t, "movie.id")); err != nil || !slices.Equal(f.IDs(), want) || f.Meta.Degraded {
		t.Errorf("without an indexer: got %+v, %v; want %v", f, err, want)
	}
}

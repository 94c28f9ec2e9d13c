package cache_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
)

// A vote on one process appears in the cached responses of another one: an object, a
// list from PostgreSQL, and two lists from Elasticsearch. A vote makes no version, so it
// does not make them stale.
func TestVotesReachCachedResponses(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	first := fixture.Serve(t, e, "--log-level", "error")
	second := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0", "--log-level", "error")
	voter := fixture.Site{Base: first.Base, Token: fixture.NewToken(t, e)}
	id := voter.Post(t, "/2.0/movies", `{"movie":{"title":"Liked","genres":[{"name":"Drama"}]}}`).At(t, "movie.id")
	voter.AwaitIndex(t)
	reader := fixture.Site{Base: second.Base}
	cached := map[string]string{"/2.0/movies/" + id: "movie.likes", "/2.0/movies": "movies.0.likes", "/2.0/movies?genres=drama": "movies.0.likes",
		"/2.0/movies?q=Liked&q_type=regex": "movies.0.likes"}
	for path, place := range cached {
		await.Nil(t, func() error {
			a := reader.Get(t, path)
			if strings.Contains(path, "?") && a.At(t, "meta.index_version") == "<nil>" {
				return fmt.Errorf("%s: want an answer of the index", path)
			}
			if likes := a.At(t, place); likes != "0" {
				return fmt.Errorf("%s: got %s likes, want 0", path, likes)
			}
			return nil
		})
	}
	voter.Do(t, http.MethodPut, "/2.0/movies/"+id+"/like", "", http.StatusNoContent)
	for path, place := range cached {
		await.Nil(t, func() error {
			a := reader.Get(t, path)
			if said := a.Header.Get("Cache-Status"); a.At(t, place) != "1" {
				return fmt.Errorf("%s: got %s likes (%s), want 1", path, a.At(t, place), said)
			}
			return nil
		})
	}
}

package program

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
)

// A vote on one process shows in the kept answers of another: an object, a list
// from PostgreSQL, and two from Elasticsearch, one of which the client keeps as
// well. None of them became invalid for it.
func TestVotesReachKeptAnswers(t *testing.T) {
	t.Parallel()
	e := shared(t)
	first := startServing(t, e, "--log-level", "error")
	second := startRole(t, e, "api", "--listen", "127.0.0.1:0", "--log-level", "error")
	voter := site{first.base, newToken(t, e)}
	id := voter.post(t, "/2.0/movies", `{"movie":{"title":"Liked","genres":[{"name":"Drama"}]}}`).at(t, "movie.id")
	voter.indexed(t)
	reader := site{base: second.base}
	kept := map[string]string{"/2.0/movies/" + id: "movie.likes", "/2.0/movies": "movies.0.likes", "/2.0/movies?genres=drama": "movies.0.likes",
		"/2.0/movies?q=Liked&q_type=regex": "movies.0.likes"}
	for path, place := range kept {
		eventually(t, func() error {
			a := reader.get(t, path)
			if strings.Contains(path, "?") && a.at(t, "meta.index_version") == "<nil>" {
				return fmt.Errorf("%s is not answered by the index", path)
			}
			if likes := a.at(t, place); likes != "0" {
				return fmt.Errorf("%s has %s likes", path, likes)
			}
			return nil
		})
	}
	voter.do(t, http.MethodPut, "/2.0/movies/"+id+"/like", "", http.StatusNoContent)
	for path, place := range kept {
		eventually(t, func() error {
			a := reader.get(t, path)
			if said := a.header.Get("Cache-Status"); a.at(t, place) != "1" {
				return fmt.Errorf("%s has %s likes (%s)", path, a.at(t, place), said)
			}
			return nil
		})
	}
}

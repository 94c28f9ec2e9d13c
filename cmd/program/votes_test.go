package program

import (
	"fmt"
	"net/http"
	"testing"
)

// Votes and views that different processes take come together, one user's vote
// once; what a process still had in memory is written as it ends.
func TestCountsOfProcesses(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	token := newToken(t, e)
	one, other := startServing(t, e), startServing(t, e)
	one.token, other.token = token, token
	one.post(t, "/2.0/movies", `{"movie":{"title":"Heat"}}`)
	for range 3 {
		for _, s := range []*serving{one, other} {
			s.do(t, http.MethodPut, "/2.0/movies/1/like", "", http.StatusNoContent)
			s.public().do(t, http.MethodPost, "/2.0/movies/1/views", "", http.StatusNoContent)
		}
	}
	if err := one.stop(); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() error {
		a := other.get(t, "/2.0/movies/1")
		if got := a.at(t, "movie.likes") + " " + a.at(t, "movie.views"); got != "1 6" {
			return fmt.Errorf("likes and views are %s", got)
		}
		return nil
	})
	if v := versionOf(t, e); v != 1 {
		t.Errorf("counting made the catalogue version %d", v)
	}
}

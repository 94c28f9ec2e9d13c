package serve_test

import (
	"fmt"
	"net/http"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
)

// Votes and views of two processes are added up, with one vote of each user. A process
// writes the views in its memory before it stops.
func TestCountersOfTwoProcesses(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	token := fixture.NewToken(t, e)
	one, other := fixture.Serve(t, e), fixture.Serve(t, e)
	one.Token, other.Token = token, token
	one.Post(t, "/2.0/movies", `{"movie":{"title":"Heat"}}`)
	for range 3 {
		for _, s := range []*fixture.Server{one, other} {
			s.Do(t, http.MethodPut, "/2.0/movies/1/like", "", http.StatusNoContent)
			s.Public().Do(t, http.MethodPost, "/2.0/movies/1/views", "", http.StatusNoContent)
		}
	}
	if err := one.Stop(); err != nil {
		t.Fatal(err)
	}
	await.Nil(t, func() error {
		a := other.Get(t, "/2.0/movies/1")
		if got := a.At(t, "movie.likes") + " " + a.At(t, "movie.views"); got != "1 6" {
			return fmt.Errorf("likes and views: got %s, want 1 6", got)
		}
		return nil
	})
	if v := fixture.VersionOf(t, e); v != 1 {
		t.Errorf("got version %d, want 1: counters make no versions", v)
	}
}

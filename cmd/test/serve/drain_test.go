package serve_test

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
)

// A process that is told to end goes on answering while its probe sends balancers
// away, and has each answer end its connection. A second signal does not wait.
func TestDrain(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	token := fixture.NewToken(t, e)
	c, s := fixture.ServeChild(t, e, "--drain", "1h")
	s.Token = token
	if closes(t, s, "/2.0/movies") {
		t.Error("an answer ends its connection before the process drains")
	}
	c.Signal(t, syscall.SIGTERM)
	await.Nil(t, func() error {
		a, err := s.Send(t.Context(), http.MethodGet, "/readyz", "")
		if err == nil && a.Status != http.StatusServiceUnavailable {
			err = fmt.Errorf("/readyz says %d: %s", a.Status, a.Body)
		}
		return err
	})
	for _, path := range []string{"/2.0/movies", "/2.0/movies?limit=5"} { // a hit and a miss
		if !closes(t, s, path) {
			t.Error("an answer of a process that drains leaves the connection open")
		}
	}
	s.Post(t, "/2.0/movies", `{"movie":{"title":"Last Orders"}}`)
	s.Get(t, "/livez")
	c.Running(t)
	c.Signal(t, syscall.SIGTERM)
	if err := c.Wait(t); err == nil {
		t.Error("a second signal was taken for a peaceful end")
	}
}

// closes reports whether the answer to a GET, which must be 200, ends its connection.
func closes(t *testing.T, s fixture.Site, path string) bool {
	t.Helper()
	response, err := http.Get(s.Base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if content := fixture.ReadAll(t, response.Body); response.StatusCode != http.StatusOK {
		t.Errorf("%s: %d: %s", path, response.StatusCode, content)
	}
	return response.Close
}

// What a process still held in memory is written before it ends.
func TestDrainWritesViews(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	token := fixture.NewToken(t, e)
	c, s := fixture.ServeChild(t, e, "--drain", "10ms")
	s.Token = token
	film := s.Post(t, "/2.0/movies", `{"movie":{"title":"Heat"}}`).Header.Get("Location")
	const views = 50
	for range views {
		s.Public().Do(t, http.MethodPost, film+"/views", "", http.StatusNoContent)
	}
	s.Do(t, http.MethodPut, film+"/like", "", http.StatusNoContent)
	c.Signal(t, syscall.SIGTERM)
	if err := c.Wait(t); err != nil {
		t.Errorf("%v\n%s", err, c.Stderr.String())
	}
	a := fixture.Serve(t, e).Get(t, film)
	if got := a.At(t, "movie.likes") + " " + a.At(t, "movie.views"); got != fmt.Sprint(1, views) {
		t.Errorf("likes and views are %s after the end, want 1 %d", got, views)
	}
}

func TestDrainMustNotBeNegative(t *testing.T) {
	t.Parallel()
	fixture.Contains(t, fixture.Fail(t, nil, append(fixture.AnyPort, "--drain", "-1s")...), "drain", "negative")
}

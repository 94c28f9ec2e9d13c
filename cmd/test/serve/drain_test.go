package serve_test

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
)

// A process that drains answers requests, reports that it is not ready, and closes each
// connection after a response. A second signal stops it at once.
func TestDrain(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	token := fixture.NewToken(t, e)
	c, s := fixture.ServeChild(t, e, "--drain", "1h")
	s.Token = token
	if closes(t, s, "/2.0/movies") {
		t.Error("before the drain: a response closes its connection, want it open")
	}
	c.Signal(t, syscall.SIGTERM)
	await.Nil(t, func() error {
		a, err := s.Send(t.Context(), http.MethodGet, "/readyz", "")
		if err == nil && a.Status != http.StatusServiceUnavailable {
			err = fmt.Errorf("/readyz: got %d, want 503: %s", a.Status, a.Body)
		}
		return err
	})
	for _, path := range []string{"/2.0/movies", "/2.0/movies?limit=5"} { // a hit and a miss
		if !closes(t, s, path) {
			t.Errorf("%s during the drain: the connection is open, want it closed", path)
		}
	}
	s.Post(t, "/2.0/movies", `{"movie":{"title":"Last Orders"}}`)
	s.Get(t, "/livez")
	c.Running(t)
	c.Signal(t, syscall.SIGTERM)
	if err := c.Wait(t); err == nil {
		t.Error("a second signal: got a regular end, want an error")
	}
}

// closes reports whether the response to a GET, which must be 200, closes its connection.
func closes(t *testing.T, s fixture.Site, path string) bool {
	t.Helper()
	response, err := http.Get(s.Base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if content := fixture.ReadAll(t, response.Body); response.StatusCode != http.StatusOK {
		t.Errorf("%s: got %d, want 200: %s", path, response.StatusCode, content)
	}
	return response.Close
}

// The views in the memory of a process are written before it stops.
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
		t.Errorf("stop: %v\n%s", err, c.Stderr.String())
	}
	a := fixture.Serve(t, e).Get(t, film)
	if got := a.At(t, "movie.likes") + " " + a.At(t, "movie.views"); got != fmt.Sprint(1, views) {
		t.Errorf("likes and views after the stop: got %s, want 1 %d", got, views)
	}
}

func TestDrainMustNotBeNegative(t *testing.T) {
	t.Parallel()
	fixture.Contains(t, fixture.Fail(t, nil, append(fixture.AnyPort, "--drain", "-1s")...), "drain", "negative")
}

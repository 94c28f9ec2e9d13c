package program

import (
	"fmt"
	"net/http"
	"syscall"
	"testing"
)

// A process that is told to end goes on answering while its probe sends balancers
// away, and has each answer end its connection. A second signal does not wait.
func TestDrain(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	token := newToken(t, e)
	c, s := startServer(t, e, "--drain", "1h")
	s.token = token
	if closes(t, s, "/2.0/movies") {
		t.Error("an answer ends its connection before the process drains")
	}
	c.signal(t, syscall.SIGTERM)
	eventually(t, func() error {
		a, err := s.send(t.Context(), http.MethodGet, "/readyz", "")
		if err == nil && a.status != http.StatusServiceUnavailable {
			err = fmt.Errorf("/readyz says %d: %s", a.status, a.body)
		}
		return err
	})
	for _, path := range []string{"/2.0/movies", "/2.0/movies?limit=5"} { // a hit and a miss
		if !closes(t, s, path) {
			t.Error("an answer of a process that drains leaves the connection open")
		}
	}
	s.post(t, "/2.0/movies", `{"movie":{"title":"Last Orders"}}`)
	s.get(t, "/livez")
	c.running(t)
	c.signal(t, syscall.SIGTERM)
	if err := c.wait(t); err == nil {
		t.Error("a second signal was taken for a peaceful end")
	}
}

// closes reports whether the answer to a GET, which must be 200, ends its connection.
func closes(t *testing.T, s site, path string) bool {
	t.Helper()
	response, err := http.Get(s.base + path)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if content := readAll(t, response.Body); response.StatusCode != http.StatusOK {
		t.Errorf("%s: %d: %s", path, response.StatusCode, content)
	}
	return response.Close
}

// What a process still held in memory is written before it ends.
func TestDrainWritesViews(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	token := newToken(t, e)
	c, s := startServer(t, e, "--drain", "10ms")
	s.token = token
	film := s.post(t, "/2.0/movies", `{"movie":{"title":"Heat"}}`).header.Get("Location")
	const views = 50
	for range views {
		s.public().do(t, http.MethodPost, film+"/views", "", http.StatusNoContent)
	}
	s.do(t, http.MethodPut, film+"/like", "", http.StatusNoContent)
	c.signal(t, syscall.SIGTERM)
	if err := c.wait(t); err != nil {
		t.Errorf("%v\n%s", err, c.stderr.String())
	}
	a := startServing(t, e).get(t, film)
	if got := a.at(t, "movie.likes") + " " + a.at(t, "movie.views"); got != fmt.Sprint(1, views) {
		t.Errorf("likes and views are %s after the end, want 1 %d", got, views)
	}
}

func TestDrainMustNotBeNegative(t *testing.T) {
	t.Parallel()
	contains(t, fail(t, nil, append(anyPort, "--drain", "-1s")...), "drain", "negative")
}

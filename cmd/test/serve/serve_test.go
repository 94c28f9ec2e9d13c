package serve_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
)

// The first serve in an empty data directory creates a catalogue and prints a token, and
// SIGTERM stops it. The second serve has the same catalogue.
func TestServePrivateCatalogue(t *testing.T) {
	t.Parallel()
	dir := fixture.PrivateDir(t)
	first, s := fixture.ServeChild(t, nil, "--data-dir", dir)
	if n := strings.Count(first.Stdout.String(), s.Token); s.Token == "" || n != 1 {
		t.Fatalf("got a token %d times, want once:\n%s", n, first.Stdout.String())
	}
	fixture.Lacks(t, first.Stderr.String(), s.Token)
	location := writeEverything(t, s)
	version, films, film := s.Version(t), s.Total(t, "/2.0/movies"), s.Get(t, location)
	fixture.NoGaps(t, s.Changes(t))

	if err := first.Cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.Wait(t); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, first.Stderr.String())
	}
	fixture.NoProcesses(t, dir)

	second := fixture.Serve(t, fixture.Env{"MARQUEE_DATA_DIR": dir})
	if second.Token != "" {
		t.Error("the second start prints a token, want none")
	}
	if got := second.Total(t, "/2.0/movies"); got != films {
		t.Errorf("the second start: got %d movies, want %d", got, films)
	}
	if got := second.Version(t); got != version {
		t.Errorf("the second start: got version %d, want %d", got, version)
	}
	if got := second.Get(t, location); !bytes.Equal(got.Body, film.Body) || got.Header.Get("Etag") != film.Header.Get("Etag") {
		t.Errorf("a movie after the second start: got\n%s\nwant\n%s", got.Body, film.Body)
	}
	// The token still works.
	fixture.Site{Base: second.Base, Token: s.Token}.Do(t, http.MethodDelete, location, "", http.StatusNoContent)

	// Another process cannot serve the same directory.
	message := fixture.Fail(t, nil, append(fixture.AnyPort, "--data-dir", dir)...)
	fixture.Contains(t, message, dir, "in use", fmt.Sprint(os.Getpid()), "--data-dir")
	second.Get(t, "/2.0/movies")
	if err := second.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// writeEverything reads the sample and makes all kinds of writes. It returns the path of
// a film that remains.
func writeEverything(t *testing.T, s fixture.Site) string {
	t.Helper()
	if s.Total(t, "/2.0/movies") == 0 || s.Total(t, "/2.0/series") == 0 {
		t.Error("got no sample, want movies and series")
	}
	s.Get(t, "/2.0/movies/"+s.Get(t, "/2.0/movies").At(t, "movies.0.id"))

	const film = `{"movie":{"title":"Night Ferry","imdb_id":"tt7654321","genres":[{"name":"Harbour Noir"}],` +
		`"starring":[{"name":"Ina Test"},{"name":"Odd Case"}],"directors":[{"name":"Ina Test"}]}}`
	s.Public().Do(t, http.MethodPost, "/2.0/movies", film, http.StatusUnauthorized)
	fixture.Site{Base: s.Base, Token: "mq_" + strings.Repeat("A", 26)}.Do(t, http.MethodPost, "/2.0/movies", film, http.StatusUnauthorized)
	before := s.Version(t)
	created := s.Post(t, "/2.0/movies", film)
	if got := created.Header.Get("Catalogue-Version"); got != fmt.Sprint(before+1) {
		t.Errorf("got Catalogue-Version %s, want %d", got, before+1)
	}
	if name := s.Get(t, "/2.0/genres/harbour-noir").At(t, "genre.name"); name != "Harbour Noir" {
		t.Errorf("the new genre: got the name %q, want Harbour Noir", name)
	}
	star := created.At(t, "movie.starring.0")
	if name := s.Get(t, "/2.0/persons/"+star).At(t, "person.name"); name != "Ina Test" || created.At(t, "movie.directors.0") != star {
		t.Errorf("got the star %q and the director %s, want Ina Test for both", name, created.At(t, "movie.directors.0"))
	}
	location := created.Header.Get("Location")
	s.Do(t, http.MethodPost, "/2.0/movies", film, http.StatusConflict)
	s.Do(t, http.MethodDelete, "/2.0/genres/harbour-noir", "", http.StatusConflict)
	s.Do(t, http.MethodPut, location, `{"movie":{"release_year":1949,"directors":[]}}`, http.StatusOK)
	if got := s.Get(t, location); got.At(t, "movie.release_year") != "1949" || got.At(t, "movie.title") != "Night Ferry" {
		t.Errorf("after the update: got %s, want the year 1949", got.Body)
	}
	other := s.Post(t, "/2.0/movies", `{"movie":{"title":"Lost at Sea"}}`).Header.Get("Location")
	s.Do(t, http.MethodDelete, other, "", http.StatusNoContent)
	s.Do(t, http.MethodGet, other, "", http.StatusNotFound)
	return location
}

// A server that stops completes the requests that it has begun.
func TestShutdownLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	address := strings.TrimPrefix(s.Base, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const body = `{"movie":{"title":"Slow Boat"}}`
	fmt.Fprintf(conn, "POST /2.0/movies HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", address, s.Token, len(body))
	r := bufio.NewReader(conn)
	if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") { // the handler is reading the body
		t.Fatalf("got %q, %v; want 100", line, err)
	}
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.Cancel()
	await.Nil(t, func() error { return fixture.NotListening(t, address) })
	fmt.Fprint(conn, body)
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("read the response: %v", err)
	}
	defer response.Body.Close()
	if content := fixture.ReadAll(t, response.Body); response.StatusCode != http.StatusCreated {
		t.Errorf("got %d, want 201: %s", response.StatusCode, content)
	}
	if err := s.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if n := fixture.Serve(t, e).Total(t, "/2.0/movies"); n != 1 {
		t.Errorf("got %d movies, want 1", n)
	}
}

func TestListenAddressInUse(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	dir := filepath.Join(t.TempDir(), "marquee-data")
	address := taken.Addr().String()
	fixture.Contains(t, fixture.Fail(t, nil, "serve", "--listen", address, "--data-dir", dir), address, "in use", "--listen")
	if _, err := os.Stat(dir); err == nil {
		t.Error("got a data directory, want none")
	}
}

// A given database is served without changes: no token, no sample.
func TestServeGivenDatabase(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	s := fixture.Serve(t, e)
	fixture.Lacks(t, s.Stdout.String(), "mq_")
	if n := s.Total(t, "/2.0/movies"); n != 0 {
		t.Errorf("got %d movies in an empty catalogue, want 0", n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), fixture.Patience)
	defer cancel()
	for _, path := range []string{"/livez", "/readyz"} {
		if a, err := s.Send(ctx, http.MethodGet, path, ""); err != nil || a.Status != http.StatusOK {
			t.Errorf("%s: got %+v, %v; want 200", path, a, err)
		}
	}
}

// Without the sample, the first start of an empty catalogue also prints a token. The
// second start does not, since a token exists.
func TestServeWithoutSample(t *testing.T) {
	t.Parallel()
	dir := fixture.PrivateDir(t)
	e := fixture.Env{"MARQUEE_SAMPLE": "false", "MARQUEE_DATA_DIR": dir}
	first := fixture.Serve(t, e)
	if n := first.Total(t, "/2.0/movies"); n != 0 || first.Token == "" {
		t.Errorf("got %d movies and the token %q, want 0 and a token", n, first.Token)
	}
	if err := first.Stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	second := fixture.Serve(t, e)
	if second.Token != "" {
		t.Error("the second start prints a token, want none")
	}
	fixture.Site{Base: second.Base, Token: first.Token}.Post(t, "/2.0/movies", `{"movie":{"title":"First"}}`)
}

// A command during the first start of serve waits for the catalogue.
func TestCommandDuringFirstStart(t *testing.T) {
	t.Parallel()
	dir := fixture.PrivateDir(t)
	e := fixture.Env{"MARQUEE_DATA_DIR": dir}
	c := fixture.StartChild(t, e, fixture.AnyPort...)
	await.Nil(t, func() error {
		c.Running(t)
		_, err := os.Stat(filepath.Join(dir, "postgres", "server.json"))
		return err
	})
	fixture.NewToken(t, e)
}

package program

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
)

// A catalogue of one's own, from nothing: the first serve makes it and shows a
// token, SIGTERM ends it, the second has it all as it was.
func TestServePrivateCatalogue(t *testing.T) {
	t.Parallel()
	dir := private(t)
	first, s := startServer(t, nil, "--data-dir", dir)
	if n := strings.Count(first.stdout.String(), s.token); s.token == "" || n != 1 {
		t.Fatalf("a token is printed %d times, want once:\n%s", n, first.stdout.String())
	}
	lacks(t, first.stderr.String(), s.token)
	location := writeEverything(t, s)
	version, films, film := s.version(t), s.total(t, "/2.0/movies"), s.get(t, location)
	noGaps(t, s.changes(t))

	if err := first.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := first.wait(t); err != nil {
		t.Errorf("SIGTERM: %v\n%s", err, first.stderr.String())
	}
	noProcesses(t, dir)

	second := startServing(t, environment{"MARQUEE_DATA_DIR": dir})
	if second.token != "" {
		t.Error("a second start prints a token")
	}
	if got := second.total(t, "/2.0/movies"); got != films {
		t.Errorf("%d movies after a second start, %d before it", got, films)
	}
	if got := second.version(t); got != version {
		t.Errorf("version %d after a second start, %d before it", got, version)
	}
	if got := second.get(t, location); !bytes.Equal(got.body, film.body) || got.header.Get("Etag") != film.header.Get("Etag") {
		t.Errorf("a movie has changed:\n%s\n%s", film.body, got.body)
	}
	// The token was kept.
	site{base: second.base, token: s.token}.do(t, http.MethodDelete, location, "", http.StatusNoContent)

	// Nobody else may serve it meanwhile.
	message := fail(t, nil, append(anyPort, "--data-dir", dir)...)
	contains(t, message, dir, "in use", fmt.Sprint(os.Getpid()), "--data-dir")
	second.get(t, "/2.0/movies")
	if err := second.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

// writeEverything reads the sample and writes as an editor does. It returns the
// path of a film that it leaves.
func writeEverything(t *testing.T, s site) string {
	t.Helper()
	if s.total(t, "/2.0/movies") == 0 || s.total(t, "/2.0/series") == 0 {
		t.Error("there is no sample")
	}
	s.get(t, "/2.0/movies/"+s.get(t, "/2.0/movies").at(t, "movies.0.id"))

	const film = `{"movie":{"title":"Night Ferry","imdb_id":"tt7654321","genres":[{"name":"Harbour Noir"}],` +
		`"starring":[{"name":"Ina Test"},{"name":"Odd Case"}],"directors":[{"name":"Ina Test"}]}}`
	s.public().do(t, http.MethodPost, "/2.0/movies", film, http.StatusUnauthorized)
	site{s.base, "mq_" + strings.Repeat("A", 26)}.do(t, http.MethodPost, "/2.0/movies", film, http.StatusUnauthorized)
	before := s.version(t)
	created := s.post(t, "/2.0/movies", film)
	if got := created.header.Get("Catalogue-Version"); got != fmt.Sprint(before+1) {
		t.Errorf("Catalogue-Version %s after %d", got, before)
	}
	if name := s.get(t, "/2.0/genres/harbour-noir").at(t, "genre.name"); name != "Harbour Noir" {
		t.Errorf("the new genre is called %q", name)
	}
	star := created.at(t, "movie.starring.0")
	if name := s.get(t, "/2.0/persons/"+star).at(t, "person.name"); name != "Ina Test" || created.at(t, "movie.directors.0") != star {
		t.Errorf("the star is %q, the director %s", name, created.at(t, "movie.directors.0"))
	}
	location := created.header.Get("Location")
	s.do(t, http.MethodPost, "/2.0/movies", film, http.StatusConflict)
	s.do(t, http.MethodDelete, "/2.0/genres/harbour-noir", "", http.StatusConflict)
	s.do(t, http.MethodPut, location, `{"movie":{"release_year":1949,"directors":[]}}`, http.StatusOK)
	if got := s.get(t, location); got.at(t, "movie.release_year") != "1949" || got.at(t, "movie.title") != "Night Ferry" {
		t.Errorf("the change is not there: %s", got.body)
	}
	other := s.post(t, "/2.0/movies", `{"movie":{"title":"Lost at Sea"}}`).header.Get("Location")
	s.do(t, http.MethodDelete, other, "", http.StatusNoContent)
	s.do(t, http.MethodGet, other, "", http.StatusNotFound)
	return location
}

// A request that the server has begun ends, whatever ends the server.
func TestShutdownLetsRequestsEnd(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	s := startServing(t, e)
	s.token = newToken(t, e)
	address := strings.TrimPrefix(s.base, "http://")
	conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	const body = `{"movie":{"title":"Slow Boat"}}`
	fmt.Fprintf(conn, "POST /2.0/movies HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/json\r\n"+
		"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n", address, s.token, len(body))
	r := bufio.NewReader(conn)
	if line, err := r.ReadString('\n'); err != nil || !strings.Contains(line, " 100 ") { // the handler reads the body now
		t.Fatalf("got %q, %v", line, err)
	}
	if _, err := r.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	s.cancel()
	eventually(t, func() error { return free(t, address) })
	fmt.Fprint(conn, body)
	response, err := http.ReadResponse(r, nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer response.Body.Close()
	if content := readAll(t, response.Body); response.StatusCode != http.StatusCreated {
		t.Errorf("got %d: %s", response.StatusCode, content)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	if n := startServing(t, e).total(t, "/2.0/movies"); n != 1 {
		t.Errorf("%d movies, want the one", n)
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
	contains(t, fail(t, nil, "serve", "--listen", address, "--data-dir", dir), address, "in use", "--listen")
	if _, err := os.Stat(dir); err == nil {
		t.Error("a data directory was made for nothing")
	}
}

// A catalogue that somebody has set up already is served as it is: no token, no
// sample.
func TestServeGivenDatabase(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	s := startServing(t, e)
	lacks(t, s.stdout.String(), "mq_")
	if n := s.total(t, "/2.0/movies"); n != 0 {
		t.Errorf("%d movies in an empty catalogue", n)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	for _, path := range []string{"/livez", "/readyz"} {
		if a, err := s.send(ctx, http.MethodGet, path, ""); err != nil || a.status != http.StatusOK {
			t.Errorf("%s: %+v, %v", path, a, err)
		}
	}
}

// Without the sample an empty catalogue still has a token, shown once: the
// second start finds nothing written, but somebody who may write.
func TestServeWithoutSample(t *testing.T) {
	t.Parallel()
	dir := private(t)
	e := environment{"MARQUEE_SAMPLE": "false", "MARQUEE_DATA_DIR": dir}
	first := startServing(t, e)
	if n := first.total(t, "/2.0/movies"); n != 0 || first.token == "" {
		t.Errorf("%d movies, token %q", n, first.token)
	}
	if err := first.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	second := startServing(t, e)
	if second.token != "" {
		t.Error("a second start prints another token")
	}
	site{second.base, first.token}.post(t, "/2.0/movies", `{"movie":{"title":"First"}}`)
}

// A command that comes while the first serve still makes its catalogue finds it
// all the same.
func TestCommandDuringFirstStart(t *testing.T) {
	t.Parallel()
	dir := private(t)
	e := environment{"MARQUEE_DATA_DIR": dir}
	c := startChild(t, e, anyPort...)
	eventually(t, func() error {
		c.running(t)
		_, err := os.Stat(filepath.Join(dir, "postgres", "server.json"))
		return err
	})
	newToken(t, e)
}

package program

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"marquee/api"
)

// sourceOf is the detail of an answer's Cache-Status, else whether it was a hit.
func sourceOf(a *answer) string {
	status := a.header.Get("Cache-Status")
	if _, detail, ok := strings.Cut(status, "detail="); ok {
		return detail
	}
	if strings.Contains(status, "; hit") {
		return "hit"
	}
	return "miss"
}

// everyRead lists a target for each route that is kept, with ids of the proof's
// first objects, and some more: parameters, and what is not there.
func everyRead() []string {
	targets := []string{
		"/2.0/movies?limit=2&offset=3&fields=title,genres", "/2.0/movies?genres=drama&sort=title", "/2.0/movies?q=ferry",
		"/2.0/movies/1?fields=title", "/2.0/movies/4711", "/2.0/genres/none", "/2.0/series/4711/seasons",
	}
	ids := strings.NewReplacer("{genre_id}", "drama", "{movie_id}", "1", "{person_id}", "1", "{serie_id}", "1", "{season_id}", "1", "{episode_id}", "1")
	for _, route := range api.Routes() {
		if kept := route.Kind == api.ListPath || route.Kind == api.ObjectPath; kept && slices.Contains(route.Methods(), http.MethodHead) {
			targets = append(targets, ids.Replace(route.Template))
		}
	}
	return targets
}

// raw asks for a target in an encoding, and takes the bytes as they come.
func (s site) raw(ctx context.Context, method, target, encoding string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, s.base+target, http.NoBody)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept-Encoding", encoding)
	r.Header.Set("X-Request-Id", "proof") // a problem shows it
	response, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return &answer{response.StatusCode, response.Header, body}, err
}

// answersIn opens a Redis of the test's own; keys are those of the answers in it.
func answersIn(t testing.TB, address string) (client *redis.Client, keys func() ([]string, error)) {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	client = redis.NewClient(options)
	t.Cleanup(func() { client.Close() })
	return client, func() ([]string, error) { return client.Keys(t.Context(), "*:response:*").Result() }
}

// filled waits until a Redis of the test's own has at least so many answers.
func filled(t *testing.T, address string, answers int) {
	t.Helper()
	_, kept := answersIn(t, address)
	eventually(t, func() error {
		keys, err := kept()
		if err == nil && len(keys) < answers {
			err = fmt.Errorf("%d of %d answers are in Redis", len(keys), answers)
		}
		return err
	})
}

// ask reads a target under a request id that all have in common, since a problem
// shows it.
func (s site) ask(ctx context.Context, target string, headers ...string) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	a, err := s.send(ctx, http.MethodGet, "/2.0"+target, "", append(headers, "X-Request-Id", "proof")...)
	if err == nil && a.status != http.StatusOK && a.status != http.StatusNotFound {
		err = fmt.Errorf("%s: got %d: %s", target, a.status, a.body)
	}
	return a, err
}

var (
	indexedAt = regexp.MustCompile(`"index_version":(\d+)`)
)

// indexVersion is the version of the index that answered, -1 when none did.
func indexVersion(a *answer) int64 {
	found := indexedAt.FindSubmatch(a.body)
	if found == nil {
		return -1
	}
	n, err := strconv.ParseInt(string(found[1]), 10, 64)
	if err != nil {
		return -1
	}
	return n
}

// caughtUp waits until the index answers with everything that was written. The
// site has credentials: what is kept and untouched names the version it was read at.
func (s site) caughtUp(t *testing.T) {
	t.Helper()
	version := s.version(t)
	eventually(t, func() error {
		a, err := s.ask(t.Context(), "/movies?q=ferry")
		if err == nil && indexVersion(a) < version {
			err = fmt.Errorf("the index does not answer at version %d: %s", version, a.body)
		}
		return err
	})
}

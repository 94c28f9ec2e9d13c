package observe_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
)

// logLines returns the lines of a log about a request.
func logLines(t *testing.T, log, id string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(log) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("log line %s: got %v, want JSON", line, err)
		}
		if fields["request_id"] == id {
			found = append(found, fields)
		}
	}
	return found
}

// Each logged request has one line with the id of its response, whether the cache, the
// origin for the cache, or the API alone answers it.
func TestRequestsAreLogged(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	e["MARQUEE_SLOW_REQUEST"] = "1ns" // all requests are slow
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	written := s.Post(t, "/2.0/movies", `{"movie":{"title":"Night Ferry"}}`)
	read := func(s fixture.Site, name string) *fixture.Answer {
		a, err := s.Send(t.Context(), http.MethodGet, "/2.0/movies?q=mellon", "", "X-Request-Id", name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, c := range []struct {
		answer        *fixture.Answer
		route, result string
	}{
		{written, "/2.0/movies", ""},
		{read(s.Public(), "first"), "/2.0/movies", "miss"},
		{read(s.Public(), "second"), "/2.0/movies", "hit"},
		{read(s.Site, "third"), "/2.0/movies", "bypass"},
		{s.Public().Do(t, http.MethodGet, "/2.0/movie", "", http.StatusMethodNotAllowed), "/2.0/movie", ""},
	} {
		id := c.answer.Header.Get("X-Request-Id")
		lines := logLines(t, s.Stderr.String(), id)
		if len(lines) != 1 {
			t.Errorf("%s %s: got the lines %v, want one", c.route, id, lines)
			continue
		}
		if result, _ := lines[0]["cache"].(string); lines[0]["level"] != "WARN" || lines[0]["route"] != c.route || result != c.result || lines[0]["status"] != float64(c.answer.Status) {
			t.Errorf("got the line %v, want %+v", lines[0], c)
		}
	}
	fixture.Contains(t, s.Stderr.String(), `"target":"/2.0/movies?q=mellon"`)
	fixture.Lacks(t, s.Stderr.String(), s.Token)
}

// Only trusted proxies choose the id of a request.
func TestStrangersDoNotChooseRequestIDs(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	for proxies, trusted := range map[string]bool{"": false, "10.0.0.0/8": false, "127.0.0.0/8": true} {
		e["MARQUEE_TRUSTED_PROXIES"] = proxies
		s := fixture.Serve(t, e)
		for _, target := range []string{"/2.0/movies", "/2.0/movies", "/2.0/none", "/livez"} {
			a, err := s.Send(t.Context(), http.MethodGet, target, "", "X-Request-Id", "chosen")
			if err != nil {
				t.Fatal(err)
			}
			cached := a.Header.Get("Cache-Status") != "" && a.Status == http.StatusOK
			if id := a.Header.Get("X-Request-Id"); id == "" && (trusted || !cached) || (id == "chosen") != trusted {
				t.Errorf("%s with the proxies %q: got the id %q", target, proxies, id)
			}
		}
	}
}

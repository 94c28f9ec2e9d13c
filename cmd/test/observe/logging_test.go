package observe_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
)

// logLines are the lines of a log about a request.
func logLines(t *testing.T, log, id string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for line := range strings.Lines(log) {
		var fields map[string]any
		if err := json.Unmarshal([]byte(line), &fields); err != nil {
			t.Fatalf("a line of the log is no JSON: %v: %s", err, line)
		}
		if fields["request_id"] == id {
			found = append(found, fields)
		}
	}
	return found
}

// Each request that is logged has one line, under the id that its answer has: what
// the cache answers, what the origin answers for it, and what neither does.
func TestRequestsAreLogged(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	e["MARQUEE_SLOW_REQUEST"] = "1ns" // everything is slow
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
			t.Errorf("%s %s has the lines %v", c.route, id, lines)
			continue
		}
		if result, _ := lines[0]["cache"].(string); lines[0]["level"] != "WARN" || lines[0]["route"] != c.route || result != c.result || lines[0]["status"] != float64(c.answer.Status) {
			t.Errorf("the line is %v, want %+v", lines[0], c)
		}
	}
	fixture.Lacks(t, s.Stderr.String(), "mellon", s.Token)
}

// Only who is trusted gives a request its id; nobody else chooses under what they
// are logged.
func TestStrangersDoNotNameRequests(t *testing.T) {
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
			kept := a.Header.Get("Cache-Status") != "" && a.Status == http.StatusOK
			if id := a.Header.Get("X-Request-Id"); id == "" && (trusted || !kept) || (id == "chosen") != trusted {
				t.Errorf("%s with the proxies %q is answered as %q", target, proxies, id)
			}
		}
	}
}

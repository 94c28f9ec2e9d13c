package program

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
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
	e := catalogue(t)
	e["MARQUEE_SLOW_REQUEST"] = "1ns" // everything is slow
	s := startServing(t, e)
	s.token = newToken(t, e)
	written := s.post(t, "/2.0/movies", `{"movie":{"title":"Night Ferry"}}`)
	read := func(s site, name string) *answer {
		a, err := s.send(t.Context(), http.MethodGet, "/2.0/movies?q=mellon", "", "X-Request-Id", name)
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	for _, c := range []struct {
		answer        *answer
		route, result string
	}{
		{written, "/2.0/movies", ""},
		{read(s.public(), "first"), "/2.0/movies", "miss"},
		{read(s.public(), "second"), "/2.0/movies", "hit"},
		{read(s.site, "third"), "/2.0/movies", "bypass"},
		{s.public().do(t, http.MethodGet, "/2.0/movie", "", http.StatusMethodNotAllowed), "/2.0/movie", ""},
	} {
		id := c.answer.header.Get("X-Request-Id")
		lines := logLines(t, s.stderr.String(), id)
		if len(lines) != 1 {
			t.Errorf("%s %s has the lines %v", c.route, id, lines)
			continue
		}
		if result, _ := lines[0]["cache"].(string); lines[0]["level"] != "WARN" || lines[0]["route"] != c.route || result != c.result || lines[0]["status"] != float64(c.answer.status) {
			t.Errorf("the line is %v, want %+v", lines[0], c)
		}
	}
	lacks(t, s.stderr.String(), "mellon", s.token)
}

// Only who is trusted gives a request its id; nobody else chooses under what they
// are logged.
func TestStrangersDoNotNameRequests(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	for proxies, trusted := range map[string]bool{"": false, "10.0.0.0/8": false, "127.0.0.0/8": true} {
		e["MARQUEE_TRUSTED_PROXIES"] = proxies
		s := startServing(t, e)
		for _, target := range []string{"/2.0/movies", "/2.0/movies", "/2.0/none", "/livez"} {
			a, err := s.send(t.Context(), http.MethodGet, target, "", "X-Request-Id", "chosen")
			if err != nil {
				t.Fatal(err)
			}
			kept := a.header.Get("Cache-Status") != "" && a.status == http.StatusOK
			if id := a.header.Get("X-Request-Id"); id == "" && (trusted || !kept) || (id == "chosen") != trusted {
				t.Errorf("%s with the proxies %q is answered as %q", target, proxies, id)
			}
		}
	}
}

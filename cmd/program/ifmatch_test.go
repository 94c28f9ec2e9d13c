package program

import (
	"bytes"
	"net/http"
	"testing"
)

// With --require-if-match an object is changed and deleted only by who says which
// version they have read; what has none yet is created as ever.
func TestRequireIfMatch(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	e["MARQUEE_REQUIRE_IF_MATCH"] = "true"
	s := startServing(t, e)
	s.token = newToken(t, e)
	created := s.post(t, "/2.0/movies", `{"movie":{"title":"Night Ferry"}}`)
	film := created.header.Get("Location")
	const change = `{"movie":{"release_year":1949}}`
	s.do(t, http.MethodPut, film, change, http.StatusPreconditionRequired)
	s.do(t, http.MethodDelete, film, "", http.StatusPreconditionRequired)
	if got := s.get(t, film); !bytes.Equal(got.body, created.body) {
		t.Errorf("what was refused is done: %s", got.body)
	}
	read := created.header.Get("Etag")
	for _, step := range []struct {
		method, body, tag string
		status            int
	}{
		{http.MethodPut, change, read, http.StatusOK},
		{http.MethodPut, change, read, http.StatusPreconditionFailed},
		{http.MethodDelete, "", read, http.StatusPreconditionFailed},
		{http.MethodDelete, "", "*", http.StatusNoContent},
	} {
		a, err := s.send(t.Context(), step.method, film, step.body, "If-Match", step.tag)
		if err != nil {
			t.Fatal(err)
		}
		if a.status != step.status {
			t.Errorf("%s with If-Match %s is answered %d, want %d: %s", step.method, step.tag, a.status, step.status, a.body)
		}
	}
}

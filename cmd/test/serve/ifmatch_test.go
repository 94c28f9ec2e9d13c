package serve_test

import (
	"bytes"
	"net/http"
	"testing"

	"marquee/cmd/test/fixture"
)

// With --require-if-match, updates and deletions need If-Match with the version that was
// read. Creations do not.
func TestRequireIfMatch(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	e["MARQUEE_REQUIRE_IF_MATCH"] = "true"
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	created := s.Post(t, "/2.0/movies", `{"movie":{"title":"Night Ferry"}}`)
	film := created.Header.Get("Location")
	const change = `{"movie":{"release_year":1949}}`
	s.Do(t, http.MethodPut, film, change, http.StatusPreconditionRequired)
	s.Do(t, http.MethodDelete, film, "", http.StatusPreconditionRequired)
	if got := s.Get(t, film); !bytes.Equal(got.Body, created.Body) {
		t.Errorf("after the refusals: got %s, want the film unchanged", got.Body)
	}
	read := created.Header.Get("Etag")
	for _, step := range []struct {
		method, body, tag string
		status            int
	}{
		{http.MethodPut, change, read, http.StatusOK},
		{http.MethodPut, change, read, http.StatusPreconditionFailed},
		{http.MethodDelete, "", read, http.StatusPreconditionFailed},
		{http.MethodDelete, "", "*", http.StatusNoContent},
	} {
		a, err := s.Send(t.Context(), step.method, film, step.body, "If-Match", step.tag)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status != step.status {
			t.Errorf("%s with If-Match %s: got %d, want %d: %s", step.method, step.tag, a.Status, step.status, a.Body)
		}
	}
}

package api_test

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A HEAD has the headers of a GET, with and without credentials, in every encoding, and
// whether or not the answer is cached.
func TestHeadHasTheHeadersOfGet(t *testing.T) {
	t.Parallel()
	c, _ := cached(t)
	for _, target := range []string{"/2.0/movies/1", "/2.0/movies?limit=2", "/2.0/suggest?q=hea", "/2.0/changes", "/2.0/movies/99", "/2.0/movies?limit=0"} {
		for _, authorization := range []string{"", "Bearer " + editorToken} {
			for _, encoding := range []string{"", "gzip", "zstd, identity;q=0"} {
				ask := func(method string) *httptest.ResponseRecorder {
					r := httptest.NewRequest(method, target, nil)
					r.Header.Set("Accept-Encoding", encoding)
					r.Header.Set("X-Request-Id", "one")
					if authorization != "" {
						r.Header.Set("Authorization", authorization)
					}
					w := httptest.NewRecorder()
					c.handler.ServeHTTP(w, r)
					w.Header().Del("Age")
					w.Header().Del("Cache-Status")
					return w
				}
				get, head := ask(http.MethodGet), ask(http.MethodHead)
				if diff := cmp.Diff(get.Header(), head.Header()); diff != "" || head.Code != get.Code || head.Body.Len() > 0 {
					t.Errorf("%s %q %q: %d, want %d; %d bytes; headers (-GET +HEAD):\n%s", target, authorization, encoding, head.Code, get.Code, head.Body.Len(), diff)
				}
			}
		}
	}
}

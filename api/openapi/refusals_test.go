package openapi_test

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"marquee/api"
	"marquee/storage"
)

// Every operation reports errors of the store as documented.
func TestFailuresMatchDocument(t *testing.T) {
	t.Parallel()
	for status, cause := range map[int]error{
		http.StatusInternalServerError: errors.New("the disk is on fire"),
		http.StatusServiceUnavailable:  storage.Errorf(storage.Unavailable, "the catalogue's database cannot answer now; try again"),
	} {
		s := serve(t, api.Config{Catalogue: catalogue{cause}})
		for path, item := range s.doc.Paths.Map() {
			for method, o := range item.Operations() {
				want := status
				switch {
				case method == http.MethodOptions:
					want = http.StatusNoContent
				case path == "/livez":
					want = http.StatusOK
				case path == "/readyz":
					want = http.StatusServiceUnavailable
				}
				a := s.do(method, target(path, item), body(t, o), typed(o, credentials(o)...)...)
				if method == http.MethodPost && a.status == http.StatusNotFound { // the parent is read first
					continue
				}
				a.want(want)
			}
		}
	}
}

// public reports whether the operation needs no credentials. o may be nil.
func public(o *openapi3.Operation) bool {
	return o == nil || !slices.ContainsFunc(*o.Security, func(r openapi3.SecurityRequirement) bool { return len(r) > 0 }) ||
		slices.ContainsFunc(*o.Security, func(r openapi3.SecurityRequirement) bool { return len(r) == 0 })
}

// credentials returns the headers of an admin if the operation needs credentials.
func credentials(o *openapi3.Operation) []string {
	if public(o) {
		return nil
	}
	return []string{"Authorization", "Bearer admin"}
}

// forAllUsers reports whether all users may use the operation: voting, and managing
// their own tokens.
func forAllUsers(method, path string) bool {
	return slices.Contains([]string{"like", "dislike", "vote"}, path[strings.LastIndex(path, "/")+1:]) ||
		strings.HasPrefix(path, "/2.0/tokens") && method != http.MethodPost
}

// Operations require credentials where the document says so. Bad credentials are
// refused everywhere.
func TestCredentialsMatchDocument(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: catalogue{}})
	for path, item := range s.doc.Paths.Map() {
		for method, o := range item.Operations() {
			where, sample := target(path, item), body(t, o)
			if len(*o.Security) == 0 {
				continue
			}
			s.do(method, where, sample, typed(o, "Authorization", "Bearer nobody")...).want(401)
			s.do(method, where, sample, typed(o, "Authorization", "Basic Zm9vOmJhcg==")...).want(401)
			if public(o) {
				continue
			}
			s.do(method, where, sample, typed(o, "Authorization", "")...).wantInvalid(401)
			if forAllUsers(method, path) {
				continue
			}
			s.do(method, where, sample, typed(o, "Authorization", "Bearer reader")...).want(403)
			if o.Tags[0] == "apps and tokens" {
				s.do(method, where, sample, "Authorization", "Bearer editor").want(403)
			}
		}
	}
}

// TestRefusalsMatchDocument sends malformed requests to every path.
func TestRefusalsMatchDocument(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: catalogue{}})
	wary := serve(t, api.Config{Catalogue: catalogue{}, RequireIfMatch: true})
	for path, item := range s.doc.Paths.Map() {
		where := target(path, item)
		without := strings.TrimSuffix(where, "?q=heat")
		if !strings.HasSuffix(path, "z") {
			s.do("GET", where+"?q="+strings.Repeat("x", 9000), "", credentials(item.Get)...).wantStatus(s.orNotAllowed(item.Get != nil, 414))
			s.do("GET", without+"?nonsense=1", "", credentials(item.Get)...).wantStatus(s.orNotAllowed(item.Get != nil, 400))
		}
		s.do("PATCH", where, "{}").wantInvalid(405)
		s.do("GET", without+"/", "").wantInvalid(404)
		for method, o := range item.Operations() {
			if o.RequestBody == nil && method != http.MethodDelete || typed(o) != nil {
				continue // TestBulkMatchesDocument refuses lines
			}
			sample := body(t, o)
			if method == http.MethodDelete {
				sample = `{"meta":{}}`
				s.do(method, where, sample).wantStatus(404)
			} else {
				s.do(method, where, strings.Replace(sample, `{"`, `{"extra":1,"`, 1)).wantInvalid(400)
				s.do(method, where, "").wantInvalid(400)
				s.do(method, where, `{"meta":{}}`).wantInvalid(400)
			}
			s.do(method, where, sample, "Content-Type", "text/plain").wantInvalid(415)
			s.do(method, where, sample, "Content-Encoding", "gzip").wantStatus(415)
			s.do(method, where, sample+strings.Repeat(" ", 1<<20)).wantStatus(413)
			if o.Parameters.GetByInAndName("header", "If-Match") != nil {
				wary.do(method, where, sample).wantStatus(428)
			}
		}
	}
}

func (s *service) orNotAllowed(readable bool, status int) int {
	if readable {
		return status
	}
	return http.StatusMethodNotAllowed
}

// The schemas and the API refuse the same objects, except where only the store can
// decide.
func TestBodiesMatchDocument(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: store(t)})
	for name, fields := range map[string]string{
		"unknown":        `{"title":"T","titel":"T"}`,
		"no title":       `{"description":"D"}`,
		"null title":     `{"title":null}`,
		"empty title":    `{"title":""}`,
		"long title":     `{"title":"` + strings.Repeat("x", 501) + `"}`,
		"year as text":   `{"title":"T","release_year":"1999"}`,
		"year too early": `{"title":"T","release_year":1799}`,
		"month":          `{"title":"T","release_month":13}`,
		"rating":         `{"title":"T","imdb_rating":10.1}`,
		"imdb id":        `{"title":"T","imdb_id":"tt12"}`,
		"language":       `{"title":"T","languages":["xx"]}`,
		"null in a list": `{"title":"T","languages":[null]}`,
		"mpaa":           `{"title":"T","mpaa":"XXX"}`,
		"image use":      `{"title":"T","images":{"cover":{}}}`,
		"image url":      `{"title":"T","images":{"poster":{"342":{"width":1}}}}`,
		"stream type":    `{"title":"T","streams":{"720p":{"type":"AVI","url":"https://a.example/"}}}`,
		"relative url":   `{"title":"T","web_links":{"a":"/b"}}`,
		"reference":      `{"title":"T","genres":[{"id":"action"}]}`,
		"person":         `{"title":"T","starring":["seven"]}`,
	} {
		t.Run(name, func(t *testing.T) {
			inner := *s
			inner.t = t
			inner.do("POST", "/2.0/movies", `{"movie":`+fields+`}`).wantInvalid(400)
		})
	}
	for _, fields := range []string{
		`{"title":"T"}`, `{"title":"T","description":null,"genres":null,"images":null,"mpaa":null,"recommended":null}`,
		`{"title":"T","streams":{"720p":{"type":"HLS","url":"https://a.example/","audio":[{"language":null}],"video":null}}}`,
		`{"title":"T","genres":[{"name":"Crime"},{"name":"crime"}],"starring":[{"name":"Ann"}],"images":{}}`,
	} {
		s.do("POST", "/2.0/movies", `{"movie":`+fields+`}`).want(201)
	}
	s.do("PUT", "/2.0/movies/3", `{"movie":{"streams":{"720p":{"audio":null},"480p":null},"web_links":{"a":null}}}`).want(200)
	s.do("POST", "/2.0/movies", `{"movie":{"title":"T","genres":["nope"],"starring":["77"]}}`).want(400) // only the store can decide
	s.do("PUT", "/2.0/movies/3", `{"movie":{"likes":7}}`).want(400)
}

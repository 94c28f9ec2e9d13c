package openapi_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"marquee/api"
	"marquee/api/route"
	"marquee/storage"
)

// TestActionsMatchDocument votes, counts views, reads the history and restores, for all
// nouns with these actions.
func TestActionsMatchDocument(t *testing.T) {
	t.Parallel()
	for _, n := range storage.Nouns {
		t.Run(n.Name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, api.Config{Catalogue: store(t)})
			path, _ := s.collection(n)
			created := s.do("POST", path, least(t, n, "First", 1, nil)).want(201)
			own := route.Base + "/" + n.Plural + "/" + fmt.Sprint(created.member(n.Name)["id"])
			if n.Voted() {
				s.do("PUT", own+"/like", "").want(204)
				s.do("PUT", own+"/dislike", `{"meta":{}}`, "Authorization", "Bearer reader").wantStatus(204)
				s.do("DELETE", own+"/vote", "").want(204)
				s.do("PUT", own+"/like", `{"movie":{}}`).wantStatus(400)
			}
			if n.Viewed() {
				s.do("POST", own+"/views", "", "Authorization", "").want(204)
				s.do("POST", created.header.Get("Location")+"/views", "").want(204)
			}
			s.restores(n, own, created)
		})
	}
}

// restores restores the first state of an object, and reads its history.
func (s *service) restores(n *storage.Noun, own string, created *answer) {
	s.t.Helper()
	version := created.header.Get("Catalogue-Version")
	body := `{"meta":{},"restore":{"version":` + version + `}}`
	s.do("PUT", created.header.Get("Location"), s.sample(n, "Update")).want(200)
	restored := s.do("POST", own+"/restore", body).want(200)
	checkWhole(s.t.(*testing.T), n, restored)
	s.do("POST", own+"/restore", body, "Prefer", "return=minimal", "If-Match", restored.header.Get("Etag")).want(204)
	s.do("POST", own+"/restore", body, "If-Match", created.header.Get("Etag")).want(412)
	s.do("POST", own+"/restore", `{"restore":{"version":99}}`).want(400)
	s.do("POST", own+"/restore", `{"restore":{"version":0}}`).wantInvalid(400)
	history := own + "/history"
	editor := []string{"Authorization", "Bearer editor"}
	s.do("GET", history, "", editor...).want(200)
	s.do("HEAD", history, "", editor...).want(200)
	s.do("OPTIONS", history, "", "Authorization", "").want(204)
	first := s.do("GET", history+"?limit=1", "", editor...).want(200)
	next := nextPage.FindStringSubmatch(first.header.Get("Link"))
	if next == nil {
		s.t.Fatalf("%s: got the Link %q, want a next page", first.name, first.header.Get("Link"))
	}
	s.do("GET", next[1], "", editor...).want(200)
	for _, bad := range []string{"limit=0", "limit=101", "before=0", "before=x"} {
		s.do("GET", history+"?"+bad, "", editor...).wantInvalid(400)
	}
}

// TestGrantsMatchDocument creates, lists, rotates and revokes apps and tokens.
func TestGrantsMatchDocument(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: store(t)})
	admin := []string{"Authorization", "Bearer admin"}
	post := func(path string) string { return body(t, s.doc.Paths.Value(path).Post) }
	app := s.do("POST", "/2.0/apps", post("/2.0/apps")).want(201)
	token := s.do("POST", "/2.0/tokens", post("/2.0/tokens")).want(201)
	s.do("POST", "/2.0/tokens", `{"token":{"user":"eve","app":null,"role":null,"expires":null}}`).want(201)
	s.do("POST", "/2.0/apps", post("/2.0/apps")).want(409)
	for _, bad := range []string{`{"app":{"name":""}}`, `{"app":{"name":"x","role":"king"}}`, `{"app":{"name":"` + strings.Repeat("x", 97) + `"}}`, `{"app":{}}`} {
		s.do("POST", "/2.0/apps", bad).wantInvalid(400)
	}
	for _, bad := range []string{`{"token":{"role":"editor"}}`, `{"token":{"user":"x","expires":"soon"}}`, `{"token":{"user":"x","id":"7"}}`} {
		s.do("POST", "/2.0/tokens", bad).wantInvalid(400)
	}
	s.do("POST", "/2.0/tokens", `{"token":{"user":"x","app":"nobody"}}`).want(400)
	for _, all := range []string{"/2.0/apps", "/2.0/tokens"} {
		s.do("GET", all, "", admin...).want(200)
		s.do("HEAD", all, "", admin...).want(200)
		s.do("OPTIONS", all, "", "Authorization", "").want(204)
	}
	for _, own := range []string{token.header.Get("Location"), app.header.Get("Location")} { // the token first: revoking the app revokes it
		if rotated := s.do("POST", own+"/rotate", "").want(http.StatusOK); string(rotated.body) == string(token.body) {
			t.Errorf("%s: got the old secrets, want new ones", rotated.name)
		}
		s.do("DELETE", own, `{"meta":{}}`).wantStatus(204)
		s.do("DELETE", own, "").want(404)
		s.do("POST", own+"/rotate", "").want(404)
	}
	s.do("GET", "/2.0/apps", "", admin...).want(200)
	s.do("GET", "/2.0/tokens", "", admin...).want(200)
}

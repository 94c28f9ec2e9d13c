package api_test

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"marquee/api/route"
	"marquee/storage"
)

// path replaces the variables of a template by ids of seeded objects.
func path(r route.Route) string {
	return regexp.MustCompile(`\{[a-z_]+\}`).ReplaceAllStringFunc(r.Template, func(v string) string {
		return cmp.Or(slugs[strings.TrimSuffix(v[1:], "_id}")], "1")
	})
}

// read returns the path of a route with the parameters that a read needs.
func read(r route.Route) string {
	if r.Kind == route.Suggest {
		return path(r) + "?q=heat"
	}
	return path(r)
}

func TestEveryPathAnswersEveryMethod(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	methods := []string{"GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "PROPFIND", "get"}
	for _, r := range route.Table() {
		for _, method := range methods {
			a := c.do(method, read(r), "")
			allowed := slices.Contains(r.Methods(), method)
			switch {
			case !allowed:
				a.want(http.StatusMethodNotAllowed)
				if got, want := a.header.Get("Allow"), strings.Join(r.Methods(), ", "); got != want {
					t.Errorf("%s: Allow: got %q, want %q", a.what, got, want)
				}
			case method == "OPTIONS":
				a.want(http.StatusNoContent)
			case !r.Public(method):
				a.want(http.StatusUnauthorized)
			case method == "POST": // a view
				a.want(http.StatusNoContent)
			default:
				a.want(http.StatusOK)
			}
		}
	}
}

func TestHeadIsGetWithoutBody(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, r := range route.Table() {
		if !slices.Contains(r.Methods(), "HEAD") {
			continue
		}
		headers := []string{"X-Request-Id", "same"}
		if !r.Public("GET") {
			headers = append(headers, "Authorization", "Bearer "+adminToken)
		}
		get, head := c.get(read(r), headers...), c.do("HEAD", read(r), "", headers...)
		if len(head.body) != 0 || head.status != get.status {
			t.Errorf("%s: status %d, body %q", head.what, head.status, head.body)
		}
		for name := range get.header {
			if got, want := head.header.Get(name), get.header.Get(name); got != want {
				t.Errorf("%s: %s: got %q, want %q as with GET", head.what, name, got, want)
			}
		}
	}
}

func TestOptionsAllowsOtherOrigins(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	a := c.do("OPTIONS", "/2.0/movies/1", "", "Origin", "https://app.example", "Access-Control-Request-Method", "PUT").want(http.StatusNoContent)
	for name, want := range map[string]string{
		"Allow":                        "DELETE, GET, HEAD, OPTIONS, PUT",
		"Access-Control-Allow-Origin":  "*",
		"Access-Control-Allow-Methods": "DELETE, GET, HEAD, OPTIONS, PUT",
		"Access-Control-Max-Age":       "86400",
	} {
		if got := a.header.Get(name); got != want {
			t.Errorf("%s: got %q, want %q", name, got, want)
		}
	}
	for name, part := range map[string]string{"Access-Control-Allow-Headers": "Idempotency-Key", "Access-Control-Expose-Headers": "Catalogue-Version"} {
		if !strings.Contains(a.header.Get(name), part) {
			t.Errorf("%s: got %q, want %s in it", name, a.header.Get(name), part)
		}
	}
}

func TestUnknownPaths(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for target, hint := range map[string]string{
		"/":                         "",
		"/2.0":                      "",
		"/2.0/":                     "",
		"/2.0/films":                "",
		"/2.0/Movies":               "",
		"/1.0/movies":               "",
		"/movies":                   "did you mean /2.0/movies?",
		"/movies/1":                 "did you mean /2.0/movies/1?",
		"/2.0/movies/":              "did you mean /2.0/movies?",
		"/2.0/movies/1/":            "did you mean /2.0/movies/1?",
		"/2.0/movies/1//":           "did you mean /2.0/movies/1?",
		"//2.0/movies":              "",
		"/2.0//movies":              "",
		"/2.0/movies//1":            "",
		"/2.0/../2.0/movies":        "",
		"/2.0/movies/1/seasons":     "",
		"/2.0/series/1%2Fseasons":   "",
		"/2.0/series/1/seasons/1/x": "",
		"/2.0/movies%2F1":           "",
		"/2.0/movies/1/%2e%2e/2":    "",
		"/livez/":                   "",
		"/2.0/movies;a=b":           "",
		"/2.0/seasons/1/episodes":   "",
		"/2.0/series/1/episodes":    "",
		"/2.0/changes/1":            "",
	} {
		a := c.get(target)
		p := a.refused(http.StatusNotFound)
		if hint != "" && !strings.Contains(p.Detail, hint) {
			t.Errorf("%s: detail: got %q, want %q in it", a.what, p.Detail, hint)
		}
		if got := a.header.Get("Cache-Control"); got != "public, max-age=2" {
			t.Errorf("%s: Cache-Control: got %q", a.what, got)
		}
	}
}

func TestPathsInOtherSpellings(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, target := range []string{"/2.0/movies/%31", "/2.0/mov%69es/1", "/%32.0/movies/1"} {
		if id := c.get(target).want(http.StatusOK).at("movie", "id"); id != "1" {
			t.Errorf("%s: id: got %v", target, id)
		}
	}
}

func TestIDsThatCannotExist(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	ids := map[bool][]string{
		false: {"0", "01", "-1", "+1", "1.0", "x", "%20", "1%20", "9999999999999999999", "1e3", "%00", "%FF", "１"},
		true:  {"Action", "-a", "a-", "a--b", "a_b", "%C3%A4", strings.Repeat("a", 65), "ALL"},
	}
	for _, n := range storage.Nouns {
		for _, id := range ids[n.Slug] {
			c.get("/2.0/" + n.Plural + "/" + id).refused(http.StatusNotFound)
			c.write("PUT", "/2.0/"+n.Name+"/"+id, `{"`+n.Name+`":{}}`).refused(http.StatusNotFound)
		}
	}
	c.get("/2.0/series/x/seasons").refused(http.StatusNotFound)
	c.get("/2.0/series/1/seasons/01/episodes").refused(http.StatusNotFound)
}

func TestChildrenUnderAnotherParent(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	c.post("/2.0/series", `{"serie":{"title":"Other"}}`)
	for target, status := range map[string]int{
		"/2.0/series/1/seasons/1":              200,
		"/2.0/series/1/seasons/1/episodes/1":   200,
		"/2.0/series/2/seasons":                200,
		"/2.0/series/2/seasons/1":              404,
		"/2.0/series/2/seasons/1/episodes/1":   404,
		"/2.0/series/1/seasons/2/episodes/1":   404,
		"/2.0/series/3/seasons":                404,
		"/2.0/series/1/seasons/2/episodes":     404,
		"/2.0/series/1/seasons?ids=1&limit=1":  200,
		"/2.0/series/1/seasons/1?fields=title": 200,
	} {
		c.get(target).want(status)
	}
}

// Every described noun has its routes.
func TestRoutesFollowTheNouns(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, r := range route.Table() {
		if seen[r.Template] {
			t.Errorf("the table has %s twice", r.Template)
		}
		seen[r.Template] = true
	}
	for _, n := range storage.Nouns {
		id := "/{" + n.Name + "_id}"
		for _, want := range []string{"/2.0/" + n.Plural, "/2.0/" + n.Plural + id, "/2.0/" + n.Name, "/2.0/" + n.Name + id} {
			if !seen[want] {
				t.Errorf("%s is missing", want)
			}
		}
	}
	for _, want := range []string{"/2.0/movies/{movie_id}/like", "/2.0/series/{serie_id}/vote", "/2.0/genres/{genre_id}/restore", "/2.0/series/{serie_id}/seasons/{season_id}/episodes/{episode_id}/views",
		"/2.0/apps/{consumer_key}/rotate", "/2.0/tokens/{token_id}", "/2.0/series/{serie_id}/seasons/{season_id}", "/2.0/series/{serie_id}/seasons/{season_id}/episodes/{episode_id}", "/2.0/suggest", "/2.0/changes", "/livez", "/readyz"} {
		if !seen[want] {
			t.Errorf("%s is missing", want)
		}
	}
	for _, none := range []string{"/2.0/persons/{person_id}/like", "/2.0/episodes/{episode_id}/vote", "/2.0/seasons/{season_id}/views", "/2.0/genres/{genre_id}/views"} {
		if seen[none] {
			t.Errorf("the table has %s, but the noun has no counters", none)
		}
	}
}

package api_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"marquee/api/route"
	"marquee/storage"
)

// A corrected target is given only if it would be answered with 200.
func TestCorrected(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for target, want := range map[string]string{
		"/2.0/movies?genre=1":                          "", // 1 is no genre
		"/2.0/movies?genre=action":                     "/2.0/movies?genres=action",
		"/2.0/movies?genre=1&limt=5":                   "",
		"/2.0/movies?genre=action&limt=5&utm_source=x": "/2.0/movies?genres=action&limit=5",
		"/2.0/movies?person=9999":                      "",
		"/2.0/movies?limit=0&genres=action":            "/2.0/movies?limit=1&genres=action",
		"/2.0/movies?limit=0&genres=nothing-like-it":   "",
		"/2.0/movies/1?field=title":                    "/2.0/movies/1?fields=title",
		"/2.0/movies/99?field=title":                   "", // there is no such movie
		"/2.0/series/1/seasons?limt=1":                 "/2.0/series/1/seasons?limit=1",
		"/2.0/series/99/seasons?limt=1":                "",
		"/2.0/movies?offset=1&cursor=x":                "",
		"/2.0/movies?ids=1,,2&fields=titel":            "/2.0/movies?ids=1,2&fields=title",
	} {
		for _, method := range []string{"GET", "HEAD"} {
			a := c.do(method, target, "").want(http.StatusBadRequest)
			if method == "GET" && a.refused(http.StatusBadRequest).Corrected != want {
				t.Errorf("%s: corrected to %q, want %q", target, a.refused(http.StatusBadRequest).Corrected, want)
			}
		}
	}
	p := c.write("DELETE", "/2.0/series/1?cascade=yes", "").refused(http.StatusBadRequest)
	if p.Corrected != "" {
		t.Errorf("a deletion is corrected to %q", p.Corrected)
	}
}

// Whatever is wrong with a query, its correction is answered with 200.
func TestCorrectedIsAnswered(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	var paths []string
	ids := strings.NewReplacer("{genre_id}", "action", "{movie_id}", "1", "{person_id}", "1", "{serie_id}", "1", "{season_id}", "1", "{episode_id}", "1")
	names := map[string]bool{"utm_x": true, "nothing": true}
	for _, rt := range route.Table() {
		if rt.Takes(http.MethodGet) && rt.Public(http.MethodGet) && strings.HasPrefix(rt.Template, route.Base) {
			paths = append(paths, ids.Replace(rt.Template), strings.NewReplacer("{genre_id}", "none", "}", "", "{", "").Replace(ids.Replace(rt.Template)))
			for _, p := range rt.Parameters(http.MethodGet) {
				names[p.Name] = true
			}
		}
	}
	all := make([]string, 0, len(names))
	for _, n := range storage.Nouns {
		all = append(all, n.Name, n.Plural)
	}
	for name := range names {
		all = append(all, name)
	}
	values := []string{
		"", "0", "1", "01", "-1", "2147483648", "99999999999999999999", "1,2", "1,,2", " 1", "1, 2", "action", "acton", "drama,action", "ALL", "all", "ALL,action",
		"title", "titel", "-title", "nam", "relevance", "true", "yes", "5..10", "10..5", "..", "5...10", "7.25", "11", "2014-12-31", "2014-12-31T00:00:00Z",
		"2014-02-30T00-00", "match", "mach", "regex", "(", "heat", "a.b.c", "images.poster.342", "imdb_rating.x", "x",
	}
	good := []string{"limit=5", "offset=0", "fields=title", "fields=id", "genre=action", "limit=0", "limit=1000", "sort=-added", "utm_x=1"}
	rapid.Check(t, func(rt *rapid.T) {
		target := rapid.SampledFrom(paths).Draw(rt, "path") + "?"
		for range rapid.IntRange(1, 4).Draw(rt, "parameters") {
			given, value := rapid.SampledFrom(all).Draw(rt, "name"), rapid.SampledFrom(values).Draw(rt, "value")
			if rapid.IntRange(0, 3).Draw(rt, "good") > 0 { // else nearly all have several faults
				given, value, _ = strings.Cut(rapid.SampledFrom(good).Draw(rt, "pair"), "=")
			}
			name := []rune(given)
			if rapid.IntRange(0, 3).Draw(rt, "typo") == 0 {
				at := rapid.IntRange(0, len(name)-1).Draw(rt, "at")
				name = append(name[:at:at], name[at+1:]...)
			}
			target += url.QueryEscape(string(name)) + "=" + url.QueryEscape(value) + "&"
		}
		a := c.get(target)
		if a.status != http.StatusBadRequest {
			return
		}
		if p := a.refused(http.StatusBadRequest); p.Corrected != "" {
			if got := c.get(p.Corrected); got.status != http.StatusOK {
				rt.Fatalf("%s is corrected to %s, which is answered with %d: %s", target, p.Corrected, got.status, got.body)
			}
		}
	})
}

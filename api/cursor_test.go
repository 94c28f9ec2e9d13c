package api_test

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var linkForm = regexp.MustCompile(`<([^>]*)>; rel="([a-z]+)"`)

// links parses the Link header.
func (a *answer) links() map[string]string {
	out := map[string]string{}
	for _, m := range linkForm.FindAllStringSubmatch(a.header.Get("Link"), -1) {
		out[m[2]] = m[1]
	}
	return out
}

// walk follows rel="next" to the end and checks meta.offset.
func walk(t *testing.T, c *client, target, plural string) []string {
	t.Helper()
	ids := []string{}
	for target != "" {
		a := c.get(target).want(http.StatusOK)
		if got := fmt.Sprint(a.at("meta", "offset")); got != fmt.Sprint(len(ids)) {
			t.Errorf("%s: got offset %s after %d objects", target, got, len(ids))
		}
		ids = append(ids, a.ids(plural)...)
		target = a.links()["next"]
		if len(ids) > 1000 {
			t.Fatalf("%s: the pages do not end", target)
		}
	}
	return ids
}

func TestCursorPagesAreTheWholeList(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for i := range 23 {
		c.post("/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Film %d","release_year":%d}}`, i%7, 1990+i%5))
	}
	for _, sort := range []string{"title", "-title", "year", "-year", "added", "-added", "modified", "-modified"} {
		want := c.get("/2.0/movies?limit=100&sort=" + sort).ids("movies")
		for _, limit := range []int{1, 7, 13, 26, 100} {
			if got := walk(t, c, fmt.Sprintf("/2.0/movies?sort=%s&limit=%d", sort, limit), "movies"); !slices.Equal(got, want) {
				t.Errorf("%s by %d: %v, want %v", sort, limit, got, want)
			}
		}
	}
	c.post("/2.0/series/1/seasons", `{"season":{"number":2}}`)
	if got := walk(t, c, "/2.0/series/1/seasons?limit=1", "seasons"); len(got) != 2 {
		t.Errorf("seasons: %v", got)
	}
	if got := walk(t, c, "/2.0/genres?limit=1&utm_source=x", "genres"); len(got) != 3 {
		t.Errorf("genres: %v", got)
	}
}

func TestLinksOfOffsetPages(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for target, want := range map[string][3]string{
		"/2.0/movies":                           {"/2.0/movies", "", ""},
		"/2.0/movies?limit=3":                   {"/2.0/movies?limit=3", "", ""},
		"/2.0/movies?limit=1&offset=1":          {"/2.0/movies?limit=1", "/2.0/movies?limit=1", "next"},
		"/2.0/movies?offset=2&limit=1":          {"/2.0/movies?limit=1", "/2.0/movies?offset=1&limit=1", ""},
		"/2.0/movies?offset=500&limit=1":        {"/2.0/movies?limit=1", "/2.0/movies?offset=2&limit=1", ""},
		"/2.0/movies?limit=2&sort=-title&utm_x": {"/2.0/movies?limit=2&sort=-title", "", "next"},
	} {
		links := c.get(target).want(http.StatusOK).links()
		if links["first"] != want[0] || links["prev"] != want[1] || (links["next"] != "") != (want[2] != "") {
			t.Errorf("%s: links: got %v, want %v", target, links, want)
		}
		if next := links["next"]; next != "" && strings.Contains(next, "offset") {
			t.Errorf("%s: next: got %s", target, next)
		}
	}
}

func TestCursorBelongsToItsQuery(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	next := c.get("/2.0/movies?limit=1&year=1900..&genres=ALL").links()["next"]
	cursor := next[strings.Index(next, "cursor=")+len("cursor="):]
	for query, status := range map[string]int{
		"limit=1&year=1900..":                               http.StatusOK, // ALL is the default
		"year=1900..&limit=1&genres=ALL&sort=added&utm_x=1": http.StatusOK, // another order, a default
		"limit=2&year=1900..":                               http.StatusBadRequest,
		"limit=1&year=1901..":                               http.StatusBadRequest,
		"limit=1":                                           http.StatusBadRequest,
		"limit=1&year=1900..&sort=-added":                   http.StatusBadRequest,
		"limit=1&year=1900..&fields=id":                     http.StatusBadRequest,
		"limit=1&year=1900..&offset=0":                      http.StatusBadRequest,
	} {
		a := c.get("/2.0/movies?" + query + "&cursor=" + cursor).want(status)
		if status == http.StatusOK && !slices.Equal(a.ids("movies"), []string{"2"}) {
			t.Errorf("%s: got %v", query, a.ids("movies"))
		}
		if status != http.StatusOK && !strings.Contains(query, "offset") && !strings.Contains(a.refused(status).Detail, "belongs to another query") {
			t.Errorf("%s: got %s", query, a.body)
		}
	}
	c.get("/2.0/series?limit=1&cursor=" + cursor).refused(http.StatusBadRequest)
	p := c.get("/2.0/movies?limit=1&year=1900..&offset=5&cursor=" + cursor).refused(http.StatusBadRequest)
	if !slices.Equal(p.places(), []string{"offset"}) || p.Corrected != "/2.0/movies?limit=1&year=1900..&cursor="+cursor {
		t.Errorf("with offset: %+v", p)
	}
	for i := range cursor {
		altered := []string{cursor[:i] + "x"}
		for _, other := range "AQgw-_" {
			altered = append(altered, cursor[:i]+string(other)+cursor[i+1:])
		}
		for _, a := range altered {
			if a != cursor {
				c.get("/2.0/movies?limit=1&year=1900..&cursor=" + a).refused(http.StatusBadRequest)
			}
		}
	}
}

package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"marquee/storage"
)

// edited returns a client of an API over a film with several versions, and these.
func edited(t *testing.T) (c *client, m *memory, versions []string) {
	t.Helper()
	c, m = seeded(t)
	note := func(a *answer) *answer {
		versions = append(versions, a.header.Get("Catalogue-Version"))
		return a
	}
	note(c.write("POST", "/2.0/movies", `{"movie":{"title":"One","duration":90,"web_links":{"a":"https://a.example/"},
		"images":{"poster":{"342":{"width":342,"height":513,"url":"https://img.example/p"}}}}}`).want(http.StatusCreated))
	note(c.write("PUT", "/2.0/movies/4", `{"movie":{"title":"Two","duration":null,"web_links":{"a":null,"b":"https://b.example/"},
		"images":{"poster":{"780":{"width":780,"height":1170,"url":"https://img.example/q"}},"icon":{"16":{"width":16,"height":16,"url":"https://img.example/i"}}}}}`).want(http.StatusOK))
	note(c.write("PUT", "/2.0/movies/4", `{"movie":{"genres":["drama"],"imdb_rating":7.5}}`).want(http.StatusOK))
	return c, m, versions
}

func TestHistory(t *testing.T) {
	t.Parallel()
	c, _, v := edited(t)
	whole := c.write("GET", "/2.0/movies/4/history", "").want(http.StatusOK)
	if got := whole.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("Cache-Control: got %q", got)
	}
	events, _ := whole.at("history").([]any)
	want := []string{
		fmt.Sprintf("%s update ed [imdb_rating genres] %s", v[2], v[1]),
		fmt.Sprintf("%s update ed [title duration images web_links] %s", v[1], v[0]),
		fmt.Sprintf("%s create ed [] <nil>", v[0]),
	}
	if len(events) != len(want) {
		t.Fatalf("got %s", whole.body)
	}
	for i, e := range events {
		e := e.(map[string]any)
		if got := fmt.Sprintf("%v %v %v %v %v", e["version"], e["operation"], e["who"], e["fields"], e["replaced"]); got != want[i] {
			t.Errorf("event %d: got %q, want %q", i, got, want[i])
		}
		if _, _, ok := storage.ParseTime(e["at"].(string)); !ok {
			t.Errorf("event %d was at %v", i, e["at"])
		}
	}
	changes := `"changes":[{"field":"title","before":"One","after":"Two"},{"field":"duration","before":90,"after":null},{"field":"images","before":{"poster":{"342":`
	for _, part := range []string{changes, `"changes":[{"field":"imdb_rating","before":null,"after":7.5},{"field":"genres","before":[],"after":["drama"]}]`, `"fields":[],"changes":[],"replaced":null}`} {
		if !strings.Contains(string(whole.body), part) {
			t.Errorf("%s is missing in %s", part, whole.body)
		}
	}
	var paged []any
	for target := "/2.0/movies/4/history?limit=1"; target != ""; {
		a := c.write("GET", target, "").want(http.StatusOK)
		page, _ := a.at("history").([]any)
		paged = append(paged, page...)
		target = a.links()["next"]
	}
	if fmt.Sprint(paged) != fmt.Sprint(events) {
		t.Errorf("page by page: %v, want %v", paged, events)
	}
	c.write("DELETE", "/2.0/movies/4", "").want(http.StatusNoContent)
	if a := c.write("GET", "/2.0/movies/4/history?before=1", "").want(http.StatusOK); !strings.HasSuffix(string(a.body), `{"meta":{"before":1,"limit":20},"history":[]}`) {
		t.Errorf("got %s", a.body)
	}
	if a := c.write("GET", "/2.0/movies/4/history?limit=1", "").want(http.StatusOK); !strings.Contains(string(a.body), `"delete"`) {
		t.Errorf("the history of a deleted film: got %s", a.body)
	}
}

func TestHistoryRefusals(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, n := range storage.Nouns {
		own := "1"
		if n.Slug {
			own = slugs[n.Name]
		}
		c.write("GET", "/2.0/"+n.Plural+"/"+own+"/history", "").want(http.StatusOK)
		c.get("/2.0/" + n.Plural + "/" + own + "/history").refused(http.StatusUnauthorized)
		c.get("/2.0/"+n.Plural+"/"+own+"/history", "Authorization", "Bearer "+readerToken).refused(http.StatusForbidden)
		c.write("GET", "/2.0/"+n.Plural+"/999/history", "").refused(http.StatusNotFound)
		c.write("GET", "/2.0/"+n.Plural+"/999/history?before=5", "").refused(http.StatusNotFound)
	}
	for query, place := range map[string]string{"limit=0": "limit", "limit=101": "limit", "before=0": "before", "before=-1": "before", "befor=3": "befor", "fields=id": "fields"} {
		p := c.write("GET", "/2.0/movies/1/history?"+query, "").refused(http.StatusBadRequest)
		if !slices.Equal(p.places(), []string{place}) {
			t.Errorf("%s: faults at %v", query, p.places())
		}
	}
}

// A restore sets every field to its earlier value. It clears later keys of maps.
func TestRestore(t *testing.T) {
	t.Parallel()
	c, _, v := edited(t)
	body := func(version string) string { return `{"meta":{},"restore":{"version":` + version + `}}` }
	states := map[string]string{v[2]: fields(c.get("/2.0/movies/4"))}
	for _, version := range []string{v[0], v[1], v[2], v[0]} {
		before := c.get("/2.0/movies/4")
		a := c.write("POST", "/2.0/movies/4/restore", body(version), "If-Match", before.header.Get("Etag")).want(http.StatusOK)
		if again := c.get("/2.0/movies/4"); string(again.body) != string(a.body) || again.header.Get("Etag") != a.header.Get("Etag") || a.header.Get("Catalogue-Version") == "" {
			t.Errorf("version %s: a GET differs from the restoration", version)
		}
		if want := states[version]; want != "" && fields(a) != want {
			t.Errorf("version %s is restored as\n%s, was\n%s", version, fields(a), want)
		}
		states[version] = fields(a)
	}
	if movie := c.get("/2.0/movies/4"); movie.at("movie", "title") != "One" || fmt.Sprint(movie.at("movie", "web_links")) != "map[a:https://a.example/]" ||
		movie.at("movie", "images", "icon") != nil || movie.at("movie", "images", "poster", "780") != nil || fmt.Sprint(movie.at("movie", "genres")) != "[]" {
		t.Errorf("got %s", movie.body)
	}
	c.write("POST", "/2.0/movies/4/restore", body(v[1]), "Prefer", "return=minimal").want(http.StatusNoContent)
}

// fields returns the members of a film without the times of its writes.
func fields(a *answer) string {
	movie, _ := a.at("movie").(map[string]any)
	delete(movie, "modified")
	data, _ := json.Marshal(movie)
	return string(data)
}

func TestRestoreRefusals(t *testing.T) {
	t.Parallel()
	c, m, v := edited(t)
	for _, r := range []struct {
		body, place string
	}{
		{`{"restore":{"version":99999}}`, "/restore/version"}, // it never was
		{`{"restore":{"version":1}}`, "/restore/version"},     // another object's
		{`{"restore":{"version":0}}`, "/restore/version"},
		{`{"restore":{"version":"1"}}`, "/restore/version"},
		{`{"restore":{"version":null}}`, "/restore/version"},
		{`{"restore":{}}`, "/restore/version"},
		{`{"restore":{"version":1,"versions":1}}`, "/restore/versions"},
		{`{"restore":7}`, "/restore"},
		{`{"version":1}`, "/version /restore"},
		{`{"meta":{}}`, "/restore"},
	} {
		p := c.write("POST", "/2.0/movies/4/restore", r.body).refused(http.StatusBadRequest)
		if got := strings.Join(p.places(), " "); got != r.place {
			t.Errorf("%s: faults at %s, want %s", r.body, got, r.place)
		}
	}
	good := `{"restore":{"version":` + v[0] + `}}`
	c.write("POST", "/2.0/movies/4/restore", "").refused(http.StatusBadRequest)
	c.do("POST", "/2.0/movies/4/restore", good).refused(http.StatusUnauthorized)
	c.do("POST", "/2.0/movies/4/restore", good, "Authorization", "Bearer "+readerToken).refused(http.StatusForbidden)
	c.write("POST", "/2.0/movies/4/restore", good, "If-Match", `"1-0123456789abcdef"`).refused(http.StatusPreconditionFailed)
	if got := c.get("/2.0/movies/4").at("movie", "title"); got != "Two" {
		t.Errorf("a refused restoration left %v", got)
	}
	c.write("DELETE", "/2.0/movies/4", "").want(http.StatusNoContent)
	if p := c.write("POST", "/2.0/movies/4/restore", good).refused(http.StatusNotFound); !strings.Contains(p.Detail, "create a deleted one again") {
		t.Errorf("restore of a deleted movie: got %+v", p)
	}
	version := m.Version()
	c.write("POST", "/2.0/movies/1/restore", good).refused(http.StatusBadRequest)
	if m.Version() != version {
		t.Error("a refused restoration was written")
	}
}

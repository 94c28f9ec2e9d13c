package api_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"marquee/api"
	"marquee/storage"
)

// put changes the collection of seeded.
func (c *client) put(collection string) {
	c.t.Helper()
	c.write("PUT", "/2.0/collections/heist-night", `{"collection":`+collection+`}`).want(http.StatusOK)
}

func TestFilmsOfCollections(t *testing.T) {
	t.Parallel()
	c, m := seeded(t) // films 1 Heat (1995, action), 2 Alien (1979, drama), 3 Zodiac
	c.post("/2.0/movies", `{"movie":{"title":"Ants","release_year":1998,"genres":["action"]}}`)
	for _, tt := range []struct {
		name, collection, parameters string
		ids                          string
		total, pinned                int
		sort                         string
	}{
		{"pins, then the query", `{"query":"genres=action&sort=title","pins":["2"],"hidden":["3"]}`, "", "2 4 1", 3, 1, "title"},
		{"the default order", `{"query":"genres=action","pins":[],"hidden":[]}`, "", "1 4", 2, 0, "added"},
		{"a pin that the query finds", `{"query":"genres=action&sort=-title","pins":["4"]}`, "", "4 1", 2, 1, "-title"},
		{"pins in their order", `{"query":"","pins":["3","1","2"],"hidden":[]}`, "", "3 1 2", 3, 3, ""},
		{"a hidden pin", `{"pins":["3","1","2"],"hidden":["1","4"]}`, "", "3 2", 2, 2, ""},
		{"hidden films of the query", `{"query":"sort=title","pins":["3"],"hidden":["1"]}`, "", "3 2 4", 3, 1, "title"},
		{"a page of pins", `{"query":"sort=title","pins":["4","3"],"hidden":[]}`, "limit=2", "4 3", 4, 2, "title"},
		{"a page over the end of the pins", "", "offset=1&limit=2", "3 2", 4, 2, "title"},
		{"a page after the pins", "", "offset=3&limit=2", "1", 4, 2, "title"},
		{"a page past the end", "", "offset=4", "", 4, 2, "title"},
		{"the last offset", "", "offset=2147483647&limit=100", "", 4, 2, "title"},
		{"a search", `{"query":"q=Heat&q_type=exact","pins":["2"]}`, "", "2 1", 2, 1, "added"},
		{"a match", `{"query":"q=Heat","pins":[]}`, "limit=1", "1", 4, 0, "relevance"}, // the fake finds all
		{"nothing", `{"query":null,"pins":[],"hidden":[]}`, "", "", 0, 0, ""},
		{"every film", `{"query":"genres=ALL"}`, "limit=1", "1", 4, 0, "added"},
	} {
		if tt.collection != "" {
			c.put(tt.collection)
		}
		a := c.get("/2.0/collections/heist-night/movies?" + tt.parameters).want(http.StatusOK)
		got := fmt.Sprintf("%s; %v, %v, %v", strings.Join(a.ids("movies"), " "), a.at("meta", "total"), a.at("meta", "pinned"), a.at("meta", "sort"))
		if want := fmt.Sprintf("%s; %d, %d, %s", tt.ids, tt.total, tt.pinned, tt.sort); got != want {
			t.Errorf("%s: got %s, want %s", tt.name, got, want)
		}
	}
	c.put(`{"query":"genres=drama","pins":["3","1"]}`)
	c.write("DELETE", "/2.0/movies/3", "") // as an import or a cascade may
	if a := c.get("/2.0/collections/heist-night/movies"); !slices.Equal(a.ids("movies"), []string{"1", "2"}) || fmt.Sprint(a.at("meta", "pinned")) != "1" {
		t.Errorf("with a pin that is gone: got %s", a.body)
	}
	delete(m.objects[storage.Genre], "drama")
	if a := c.get("/2.0/collections/heist-night/movies").want(http.StatusOK); fmt.Sprint(a.at("meta", "total")) != "2" {
		t.Errorf("with a genre that is gone: got %s", a.body)
	}
}

func TestAnswersWithFilms(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	c.put(`{"query":"sort=title","pins":["3"],"hidden":[]}`)
	const path = "/2.0/collections/heist-night/movies"
	a := c.get(path + "?limit=1&offset=1&fields=title").want(http.StatusOK)
	if want := `{"meta":{"offset":1,"limit":1,"total":3,"sort":"title","fields":"title","collection":"heist-night","pinned":1},"movies":[{"id":"2","title":"Alien"}]}`; string(a.body) != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	links := "<" + path + `?limit=1&fields=title>; rel="first", <` + path + `?offset=0&limit=1&fields=title>; rel="prev", <` + path + `?offset=2&limit=1&fields=title>; rel="next"`
	if got := a.header.Get("Link"); got != strings.ReplaceAll(links, "?offset=0&", "?") && got != links {
		t.Errorf("Link: got %s\nwant %s", got, links)
	}
	if got := a.header.Get("Surrogate-Key"); got != "movies movie-2 collection-heist-night" {
		t.Errorf("Surrogate-Key: got %s", got)
	}
	if b := c.get(path, "If-None-Match", c.get(path).header.Get("Etag")); b.status != http.StatusNotModified {
		t.Errorf("If-None-Match: got %d", b.status)
	}
	if h := c.do("HEAD", path, ""); h.status != http.StatusOK || len(h.body) > 0 || h.header.Get("Etag") != c.get(path).header.Get("Etag") {
		t.Errorf("HEAD: got %d %v", h.status, h.header)
	}
	c.get("/2.0/collections/none/movies").refused(http.StatusNotFound)
	c.get("/2.0/collections/No_Slug/movies").refused(http.StatusNotFound)
	c.do("POST", path, `{}`).refused(http.StatusMethodNotAllowed)
	for _, bad := range []string{"limit=0", "cursor=x", "sort=title", "ids=1", "genres=drama", "fields=nothing"} {
		c.get(path + "?" + bad).refused(http.StatusBadRequest)
	}
}

// The films of a collection are seen by those who see the collection.
func TestFilmsOfInactiveCollections(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	c.put(`{"periods":[{"from":"1999-07-04T00-00","to":"1999-07-04T23-59"}]}`)
	const path = "/2.0/collections/heist-night/movies"
	c.get(path).refused(http.StatusNotFound)
	c.get(path + "?at=1999-07-04T12-00").refused(http.StatusUnauthorized)
	c.do("GET", path+"?at=1999-07-04T12-00", "", "Authorization", "Bearer "+readerToken).refused(http.StatusForbidden)
	for _, at := range []string{"", "?at=1999-07-04T12-00", "?at=2000-01-01T00-00"} {
		if a := c.write("GET", path+at, "").want(http.StatusOK); len(a.ids("movies")) != 2 {
			t.Errorf("%s: got %s", at, a.body)
		}
	}
	c.write("GET", path+"?at=noon", "").refused(http.StatusBadRequest)
}

func TestWritesOfRules(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for body, want := range map[string]string{ // pointer, parameter, nearest
		`{"name":"A","query":"genres=dramma"}`:                     "/collection/query genres drama",
		`{"name":"A","query":"limit=5"}`:                           "/collection/query limit ",
		`{"name":"A","query":"genre=drama"}`:                       "/collection/query genre genres",
		`{"name":"A","query":"?year=1990"}`:                        "/collection/query  ",
		`{"name":"A","query":"persons=77"}`:                        "/collection/query persons ",
		`{"name":"A","query":7}`:                                   "/collection/query  ",
		`{"name":"","query":"q=(&q_type=regex"}`:                   "/collection/name  , /collection/query q ",
		`{"name":"A","query":"` + strings.Repeat("x", 2049) + `"}`: "/collection/query  ",
	} {
		for method, target := range map[string]string{"POST": "/2.0/collections", "PUT": "/2.0/collections/heist-night"} {
			var got []string
			for _, e := range c.write(method, target, `{"collection":`+body+`}`).refused(http.StatusBadRequest).Errors {
				pointer := ""
				if e.Pointer != nil {
					pointer = *e.Pointer
				}
				got = append(got, fmt.Sprint(pointer, " ", e.Parameter, " ", e.Nearest))
			}
			if slices.Sort(got); strings.Join(got, ", ") != want {
				t.Errorf("%s %s: got %q, want %q", method, body, got, want)
			}
		}
	}
	a := c.write("POST", "/2.0/collections", `{"collection":{"name":"Empty","query":""}}`).want(http.StatusCreated)
	if a.at("collection", "query") != nil {
		t.Errorf("an empty query: got %s", a.body)
	}
	c.write("POST", "/2.0/collections", `{"collection":{"name":"All","query":"utm_source=x"}}`).want(http.StatusCreated)
}

// A write that changes the films of a collection is seen at once. Another write leaves the
// answer in the cache.
func TestWritesTouchTheirCollections(t *testing.T) {
	t.Parallel()
	const path = "/2.0/collections/heist-night/movies"
	for _, tt := range []struct {
		method, target, body string
		touches              bool
	}{
		{"PUT", "/2.0/movies/2", `{"movie":{"description":"A pin."}}`, true},
		{"PUT", "/2.0/movies/1", `{"movie":{"description":"Found by the query."}}`, true},
		{"PUT", "/2.0/movies/1", `{"movie":{"genres":[]}}`, true},
		{"PUT", "/2.0/movies/3", `{"movie":{"genres":["film-noir"]}}`, false},
		{"POST", "/2.0/movies", `{"movie":{"title":"New","genres":["action"]}}`, true},
		{"POST", "/2.0/movies", `{"movie":{"title":"New","genres":["drama"]}}`, false},
		{"DELETE", "/2.0/movies/2", "", true},
		{"PUT", "/2.0/collections/heist-night", `{"collection":{"pins":[]}}`, true},
		{"PUT", "/2.0/genres/drama", `{"genre":{"description":"No film shows it."}}`, false},
		{"POST", "/2.0/collections", `{"collection":{"name":"Other","pins":["1"]}}`, false},
		{"DELETE", "/2.0/collections/heist-night", "", true},
	} {
		c, tail := cached(t)
		before := c.answerTo(path)
		origin := &client{t: t, handler: newAPI(t, tail.memory), token: editorToken}
		origin.write(tt.method, tt.target, tt.body)
		tail.follow(0)
		a := c.get(path)
		if hit := strings.Contains(a.header.Get("Cache-Status"), "; hit"); hit == tt.touches {
			t.Errorf("%s %s %s: Cache-Status: %s", tt.method, tt.target, tt.body, a.header.Get("Cache-Status"))
		}
		if got, want := c.answerTo(path), origin.answerTo(path); got != want || (want != before) != tt.touches {
			t.Errorf("%s %s %s: got\n%s\nwant\n%s", tt.method, tt.target, tt.body, got, want)
		}
	}
}

// tearing writes between the parts of a read.
type tearing struct {
	*memory
	write func()
}

func (s *tearing) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	page, err := s.memory.List(ctx, q)
	if s.write != nil && q.IDs != nil {
		s.write()
	}
	return page, err
}

// A page shows one state of the catalogue, also when a write comes between the reads of its
// pins and of the films that its query finds.
func TestFilmsAreNotTorn(t *testing.T) {
	t.Parallel()
	_, m := seeded(t)
	origin := &client{t: t, handler: newAPI(t, m), token: editorToken}
	tail := &memoryTail{memory: m}
	tail.follow(0)
	store := &tearing{memory: m}
	c := &client{t: t, handler: api.New(api.Config{Catalogue: store, Versions: m, Logger: quiet(), Freshness: api.NewFreshness(tail, nil)})}
	const path = "/2.0/collections/heist-night/movies"
	writes := 0
	store.write = func() { // film 1 becomes a pin
		if writes++; writes == 1 {
			origin.put(`{"pins":["1"]}`)
		}
		tail.follow(0)
	}
	if got, want := c.answerTo(path), origin.answerTo(path); got != want || writes != 2 {
		t.Errorf("after %d reads got\n%s\nwant\n%s", writes, got, want)
	}
}

// The pages of a collection are what a plain model says, on PostgreSQL.
func TestFilmsAgreeWithAModel(t *testing.T) {
	t.Parallel()
	c := stored(t)
	for _, genre := range []string{"Action", "Drama"} {
		c.post("/2.0/genres", `{"genre":{"name":"`+genre+`"}}`)
	}
	var all []string
	for i := range 24 {
		all = append(all, c.post("/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Film %c","release_year":%d,"genres":[%s]}}`, 'Z'-i%7, 1990+i%5, []string{"", `"action"`, `"drama"`, `"action","drama"`}[i%4])))
	}
	c.post("/2.0/collections", `{"collection":{"name":"Heist night"}}`)
	rapid.Check(t, func(rt *rapid.T) {
		some := func(name string, most int) []string {
			return rapid.SliceOfNDistinct(rapid.SampledFrom(all), 0, most, rapid.ID).Draw(rt, name)
		}
		pins, hidden := some("pins", 8), some("hidden", 8)
		query := rapid.SampledFrom([]string{"", "genres=action", "genres=drama&sort=-title", "sort=title", "year=1991..1992&sort=-year", "q=film&sort=title", "q=Film+Z&q_type=exact", "q=m+%5BXY%5D&q_type=regex&sort=year"}).Draw(rt, "query")
		offset, limit := rapid.IntRange(0, 26).Draw(rt, "offset"), rapid.IntRange(1, 12).Draw(rt, "limit")
		list := func(ids []string) string {
			if len(ids) == 0 {
				return "[]"
			}
			return `["` + strings.Join(ids, `","`) + `"]`
		}
		c.put(fmt.Sprintf(`{"query":%q,"pins":%s,"hidden":%s}`, query, list(pins), list(hidden)))
		want := slices.DeleteFunc(slices.Clone(pins), func(id string) bool { return slices.Contains(hidden, id) })
		pinned := len(want)
		if query != "" {
			for _, id := range c.get("/2.0/movies?limit=100&" + query).want(http.StatusOK).ids("movies") {
				if !slices.Contains(pins, id) && !slices.Contains(hidden, id) {
					want = append(want, id)
				}
			}
		}
		a := c.get(fmt.Sprintf("/2.0/collections/heist-night/movies?offset=%d&limit=%d", offset, limit)).want(http.StatusOK)
		from := min(offset, len(want))
		if diff := cmp.Diff(want[from:min(from+limit, len(want))], append([]string{}, a.ids("movies")...)); diff != "" ||
			fmt.Sprintf("%v %v", a.at("meta", "total"), a.at("meta", "pinned")) != fmt.Sprintf("%d %d", len(want), pinned) {
			rt.Fatalf("%s; %d and %d; page (-want +got):\n%s", a.body, len(want), pinned, diff)
		}
	})
}

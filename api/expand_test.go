package api_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"marquee/api"
	"marquee/storage"
)

// cast gives film 1 of seeded another person and two genres, and the episode a director.
func cast(c *client) {
	c.t.Helper()
	c.post("/2.0/persons", `{"person":{"name":"Bo Second","description":"Not shown.","images":{"icon":{"64":{"width":64,"height":64,"url":"https://img.example/bo"}}}}}`)
	c.write("PUT", "/2.0/movies/1", `{"movie":{"genres":["drama","action"],"starring":["2","1"],"directors":["1"]}}`).want(http.StatusOK)
	c.write("PUT", "/2.0/series/1/seasons/1/episodes/1", `{"episode":{"directors":["2"]}}`).want(http.StatusOK)
}

const (
	annExpanded = `"1":{"id":"1","name":"Ann Person","images":{}}`
	boExpanded  = `"2":{"id":"2","name":"Bo Second","images":{"icon":{"64":{"width":64,"height":64,"url":"https://img.example/bo"}}}}`
	dramaAction = `"drama":{"id":"drama","name":"Drama"},"action":{"id":"action","name":"Action"}`
	personsOnly = `{"persons":{` + boExpanded + `,` + annExpanded + `}}`
	// everyone is what all fields of film 1 refer to.
	everyone = `{"genres":{` + dramaAction + `},"persons":{` + boExpanded + `,` + annExpanded + `}}`
)

func TestExpand(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	cast(c)
	for target, want := range map[string]string{
		"/2.0/movies?ids=1&expand=genres":                                         `{"genres":{` + dramaAction + `}}`,
		"/2.0/movies?ids=1&expand=starring":                                       personsOnly,
		"/2.0/movies?ids=1&expand=directors":                                      `{"persons":{` + annExpanded + `}}`,
		"/2.0/movies?ids=1&expand=directors,starring":                             personsOnly, // in the order of the fields
		"/2.0/movies?expand=directors,genres,starring":                            everyone,
		"/2.0/movies?sort=title&expand=genres&limit=1":                            `{"genres":{"drama":{"id":"drama","name":"Drama"}}}`, // Alien
		"/2.0/movies?ids=3&expand=genres,starring":                                `{"genres":{},"persons":{}}`,
		"/2.0/movies?offset=3&expand=genres":                                      `{"genres":{}}`,
		"/2.0/movies?ids=1&expand=genres,starring,directors&fields=title":         everyone, // whatever the objects show
		"/2.0/movies?genres=action&expand=genres":                                 `{"genres":{` + dramaAction + `}}`,
		"/2.0/movies/1?expand=genres,starring,directors":                          everyone,
		"/2.0/movies/1?expand=genres,starring,directors&fields=-genres,-starring": everyone,
		"/2.0/movies/3?expand=directors":                                          `{"persons":{}}`,
		"/2.0/series?expand=genres":                                               `{"genres":{}}`,
		"/2.0/series/1?expand=starring,directors":                                 `{"persons":{}}`,
		"/2.0/episodes?expand=directors":                                          `{"persons":{` + boExpanded + `}}`,
		"/2.0/episodes/1?expand=starring":                                         `{"persons":{}}`,
		"/2.0/series/1/seasons/1/episodes?expand=starring,directors":              `{"persons":{` + boExpanded + `}}`,
		"/2.0/series/1/seasons/1/episodes/1?expand=directors":                     `{"persons":{` + boExpanded + `}}`,
		"/2.0/collections/heist-night/movies?expand=genres,starring&offset=1":     everyone,
		"/2.0/collections/heist-night/movies?expand=genres&fields=id":             `{"genres":{` + dramaAction + `}}`,
	} {
		a := c.get(target).want(http.StatusOK)
		var body struct {
			Meta struct{ Expanded json.RawMessage }
		}
		if err := json.Unmarshal(a.body, &body); err != nil || string(body.Meta.Expanded) != want {
			t.Errorf("%s: got %s, %v, want %s", target, a.body, err, want)
		}
	}
	for target, want := range map[string]string{
		"/2.0/movies?expand=genre":                                       "genres",
		"/2.0/movies/1?expand=directros,genres":                          "directors",
		"/2.0/collections/heist-night/movies?expand=Starring":            "starring",
		"/2.0/episodes/1?expand=genres":                                  "",
		"/2.0/seasons/1?expand=genres":                                   "",
		"/2.0/persons?expand=starring":                                   "",
		"/2.0/collections?expand=pins":                                   "",
		"/2.0/movies?expand=" + strings.Repeat("genre,", 1000) + "genre": "genres",
		"/2.0/movies?expand=genres&expand=starring&fields=nothing":       "",
	} {
		if p := c.get(target).refused(http.StatusBadRequest); p.Errors[0].Parameter != "expand" || p.Errors[0].Nearest != want {
			t.Errorf("%.80s: got %+v, want the parameter and the nearest %q", target, p, want)
		}
	}
}

func TestExpandedAnswers(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	cast(c)
	a := c.get("/2.0/movies?expand=genres,genres&ids=1,9&fields=id").want(http.StatusOK)
	want := `{"meta":{"offset":0,"limit":10,"total":1,"sort":"added","ids":"1,9","genres":"","rating_from":"","fields":"id","expand":"genres","missing":["9"],` +
		`"expanded":{"genres":{` + dramaAction + `}}},"movies":[{"id":"1"}]}`
	if string(a.body) != want {
		t.Errorf("got  %s\nwant %s", a.body, want)
	}
	for target, keys := range map[string]string{
		"/2.0/movies/1?expand=starring":                              "movie-1 persons",
		"/2.0/movies?ids=1&expand=genres,starring,directors":         "movies movie-1 genres persons",
		"/2.0/series/1/seasons/1/episodes?expand=directors":          "episodes serie-1 season-1 episode-1 persons",
		"/2.0/collections/heist-night/movies?expand=genres&limit=1":  "movies movie-2 collection-heist-night genres",
		"/2.0/collections/heist-night/movies?expand=genres&offset=9": "movies collection-heist-night genres",
	} {
		a := c.get(target).want(http.StatusOK)
		if got := a.header.Get("Surrogate-Key"); got != keys {
			t.Errorf("%s: Surrogate-Key: got %q, want %q", target, got, keys)
		}
		if got := a.header.Get("Last-Modified"); got != "" {
			t.Errorf("%s: Last-Modified: got %q, want none: what it refers to changes without it", target, got)
		}
		if h := c.do("HEAD", target, "").want(http.StatusOK); len(h.body) > 0 || h.header.Get("Etag") != a.header.Get("Etag") {
			t.Errorf("HEAD %s: got %v", target, h.header)
		}
		c.get(target, "If-None-Match", a.header.Get("Etag")).want(http.StatusNotModified)
		c.write("PUT", "/2.0/persons/1", `{"person":{"images":{"icon":{"`+strconv.Itoa(len(keys))+`":{"url":"https://img.example/`+strconv.Itoa(len(target))+`"}}}}}`).want(http.StatusOK)
		c.write("PUT", "/2.0/persons/2", `{"person":{"name":"Bo `+strconv.Itoa(len(target))+`"}}`).want(http.StatusOK)
		if strings.Contains(keys, "persons") {
			c.get(target, "If-None-Match", a.header.Get("Etag")).want(http.StatusOK)
		}
	}
	tag := c.get("/2.0/movies/1?expand=genres").header.Get("Etag")
	c.write("PUT", "/2.0/movies/1", `{"movie":{"title":"Heat 2"}}`, "If-Match", tag).want(http.StatusOK)
	next := c.get("/2.0/movies?limit=1&sort=title&expand=genres").links()["next"]
	if b := c.get(next).want(http.StatusOK); b.at("meta", "expanded", "genres", "drama", "name") != "Drama" {
		t.Errorf("%s: got %s", next, b.body)
	}
}

// A write of a genre or person is seen at once where they are expanded, and nowhere else.
func TestWritesTouchExpandedAnswers(t *testing.T) {
	t.Parallel()
	picture := `{"person":{"images":{"icon":{"32":{"url":"https://img.example/new"}}}}}`
	for _, tt := range []struct {
		target, method, path, body string
		touches                    bool
	}{
		{"/2.0/movies?ids=1&expand=starring", "PUT", "/2.0/persons/2", picture, true},
		{"/2.0/movies?ids=1&expand=starring", "PUT", "/2.0/persons/3", picture, false},
		{"/2.0/movies?ids=1&expand=genres", "PUT", "/2.0/persons/2", picture, false},
		{"/2.0/movies?ids=1", "PUT", "/2.0/persons/2", picture, false},
		{"/2.0/movies?ids=1&expand=genres", "PUT", "/2.0/genres/drama", `{"genre":{"name":"Dramas"}}`, true},
		{"/2.0/movies?ids=1&expand=genres", "PUT", "/2.0/genres/film-noir", `{"genre":{"name":"Noir"}}`, false},
		{"/2.0/movies?ids=1&expand=genres", "PUT", "/2.0/movies/2", `{"movie":{"title":"Aliens"}}`, false},
		{"/2.0/movies?ids=1&expand=genres", "PUT", "/2.0/movies/1", `{"movie":{"genres":["film-noir"]}}`, true},
		{"/2.0/movies/1?expand=directors", "PUT", "/2.0/persons/1", picture, true},
		{"/2.0/movies/1?expand=directors", "PUT", "/2.0/persons/2", picture, false},
		{"/2.0/movies/1", "PUT", "/2.0/persons/1", picture, false},
		{"/2.0/movies/1?expand=genres", "PUT", "/2.0/movies/1", `{"movie":{"title":"Heated"}}`, true},
		{"/2.0/episodes/1?expand=directors", "PUT", "/2.0/persons/2", picture, true},
		{"/2.0/collections/heist-night/movies?expand=starring", "PUT", "/2.0/persons/2", picture, true},
		{"/2.0/collections/heist-night/movies?expand=starring", "PUT", "/2.0/persons/3", picture, false},
		{"/2.0/collections/heist-night/movies?expand=starring", "PUT", "/2.0/collections/heist-night", `{"collection":{"pins":[]}}`, true},
	} {
		c, tail := cached(t)
		origin := &client{t: t, handler: newAPI(t, tail.memory), token: editorToken}
		cast(origin)
		origin.post("/2.0/persons", `{"person":{"name":"Cy Third"}}`)
		tail.follow(0)
		before := c.answerTo(tt.target)
		origin.write(tt.method, tt.path, tt.body).want(http.StatusOK)
		tail.follow(0)
		a := c.get(tt.target)
		if hit := strings.Contains(a.header.Get("Cache-Status"), "; hit"); hit == tt.touches {
			t.Errorf("%s, %s %s: Cache-Status: %s", tt.target, tt.path, tt.body, a.header.Get("Cache-Status"))
		}
		if got, want := c.answerTo(tt.target), origin.answerTo(tt.target); got != want || (want != before) != tt.touches {
			t.Errorf("%s, %s %s: got\n%s\nwant\n%s", tt.target, tt.path, tt.body, got, want)
		}
	}
}

// An answer shows one state, even if a write comes between the read of the objects and the
// read of the genres and persons in them.
func TestExpandedAnswersAreNotTorn(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ target, write, path, body string }{
		{"/2.0/movies?sort=title&expand=genres,starring", "DELETE", "/2.0/persons/2", ""},
		{"/2.0/movies?sort=title&expand=genres,starring", "PUT", "/2.0/persons/1", `{"person":{"name":"Ann Other"}}`},
		{"/2.0/movies/1?expand=genres,starring", "DELETE", "/2.0/persons/2", ""},
		{"/2.0/movies/1?expand=genres,starring", "PUT", "/2.0/persons/1", `{"person":{"name":"Ann Other"}}`},
		{"/2.0/collections/heist-night/movies?expand=genres,starring", "DELETE", "/2.0/persons/2", ""},
	} {
		_, m := seeded(t)
		origin := &client{t: t, handler: newAPI(t, m), token: editorToken}
		cast(origin)
		tail := &memoryTail{memory: m}
		tail.follow(0)
		store := &tearing{memory: m}
		writes := 0
		store.write = func() { // between the genres and the persons
			if writes++; writes == 1 {
				origin.write("PUT", "/2.0/movies/1", `{"movie":{"genres":["action"],"starring":["1"],"directors":[]}}`).want(http.StatusOK)
				if a := origin.write(tt.write, tt.path, tt.body); a.status >= 300 {
					t.Errorf("%s: got %d", tt.path, a.status)
				}
			}
			tail.follow(0)
		}
		c := &client{t: t, handler: api.New(api.Config{Catalogue: store, Versions: m, Logger: quiet(), Freshness: api.NewFreshness(tail, nil)})}
		if got, want := c.answerTo(tt.target), origin.answerTo(tt.target); got != want || writes < 3 {
			t.Errorf("%s: after %d reads got\n%s\nwant\n%s", tt.target, writes, got, want)
		}
	}
}

// crowd gives film 1 as many persons, written directly.
func crowd(m *memory, size int, images map[string]any) {
	m.mu.Lock()
	defer m.mu.Unlock()
	ids := make([]any, size)
	for i := range ids {
		d := storage.NewDocument(storage.Person)
		d.ID = strconv.Itoa(i + 1)
		d.Fields["name"], d.Fields["images"] = "Extra "+d.ID, images
		m.objects[storage.Person][d.ID] = &entry{document: d, version: 1}
		ids[i] = d.ID
	}
	m.objects[storage.Movie]["1"].document.Fields["starring"] = ids
}

// counting counts the lists of persons that are read.
type counting struct {
	*memory
	lists int
}

func (s *counting) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	if q.Noun == storage.Person {
		s.lists++
	}
	return s.memory.List(ctx, q)
}

func TestExpandIsBounded(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	crowd(m, 2500, map[string]any{})
	store := &counting{memory: m}
	c.handler = newAPI(t, store)
	a := c.get("/2.0/movies?ids=1&fields=id&expand=starring").want(http.StatusOK)
	if all, _ := a.at("meta", "expanded", "persons").(map[string]any); len(all) != 2500 || store.lists != 3 {
		t.Errorf("got %d persons in %d reads, want 2500 in 3", len(all), store.lists)
	}
	crowd(m, 10_001, map[string]any{})
	for _, target := range []string{"/2.0/movies?expand=genres,starring", "/2.0/movies/1?expand=starring", "/2.0/collections/heist-night/movies?expand=starring"} {
		if p := c.get(target).refused(http.StatusBadRequest); p.Errors[0].Parameter != "expand" || !strings.Contains(p.Errors[0].Reason, "10000") || p.Corrected != "" {
			t.Errorf("%s: got %+v", target, p)
		}
	}
	long := strings.Repeat("x", 2000)
	many := map[string]any{}
	for i := range 20 {
		many[strconv.Itoa(i)] = map[string]any{"url": "https://img.example/" + long}
	}
	crowd(m, 1000, map[string]any{"icon": many})
	if p := c.get("/2.0/movies/1?expand=starring").refused(http.StatusBadRequest); !strings.Contains(p.Errors[0].Reason, "32 MiB") {
		t.Errorf("got %+v", p)
	}
}

// An answer with more persons than its parts can name is right, too.
func TestManyExpandedPersonsAreChecked(t *testing.T) {
	t.Parallel()
	for _, size := range []int{3000, 3300} { // 30 parts with exact ids, and too many
		c, tail := cached(t)
		crowd(tail.memory, size, map[string]any{})
		origin := &client{t: t, handler: newAPI(t, tail.memory), token: editorToken}
		const target = "/2.0/movies?ids=1&expand=genres,starring,directors"
		hit := func() bool { return strings.Contains(c.get(target).header.Get("Cache-Status"), "; hit") }
		c.get(target)
		origin.write("PUT", "/2.0/movies/2", `{"movie":{"title":"Aliens"}}`).want(http.StatusOK)
		tail.follow(0)
		if !hit() {
			t.Errorf("%d persons: a write of another film touches the answer", size)
		}
		origin.write("PUT", fmt.Sprintf("/2.0/persons/%d", size), `{"person":{"name":"Star"}}`).want(http.StatusOK)
		tail.follow(0)
		if got, want := c.answerTo(target), origin.answerTo(target); got != want {
			t.Errorf("%d persons: got another answer than the origin's after a rename", size)
		}
	}
}

// What is expanded on PostgreSQL is what the objects themselves are.
func TestExpandOnPostgreSQL(t *testing.T) {
	t.Parallel()
	c := stored(t)
	for _, genre := range []string{"Action", "Drama", "Noir"} {
		c.post("/2.0/genres", `{"genre":{"name":"`+genre+`"}}`)
	}
	for i := range 12 {
		c.post("/2.0/persons", fmt.Sprintf(`{"person":{"name":"Person %c","images":{"icon":{"%d":{"url":"https://img.example/"}}}}}`, 'Z'-i, i))
	}
	for i := range 9 {
		c.post("/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Film %d","genres":[%q],"starring":["%d","%d"],"directors":["%d"]}}`, i, []string{"action", "drama"}[i%2], i+1, i+2, 12-i))
	}
	c.post("/2.0/collections", `{"collection":{"name":"Shelf","query":"genres=drama","pins":["9","1"]}}`)
	lists := map[string][]string{"genres": {"genres"}, "persons": {"starring", "directors"}}
	for _, target := range []string{"/2.0/movies?limit=4&sort=-title", "/2.0/movies?q=film&limit=3", "/2.0/movies?genres=drama", "/2.0/movies?offset=20", "/2.0/collections/shelf/movies?limit=3"} {
		a := c.get(target + "&expand=genres,starring,directors").want(http.StatusOK)
		films, _ := a.at("movies").([]any)
		for plural, fields := range lists {
			all, _ := a.at("meta", "expanded", plural).(map[string]any)
			want := map[string]bool{}
			for _, f := range films {
				for _, name := range fields {
					for _, id := range f.(map[string]any)[name].([]any) {
						want[id.(string)] = true
					}
				}
			}
			if len(all) != len(want) {
				t.Errorf("%s: got %d %s, want %d", target, len(all), plural, len(want))
			}
			for id := range want {
				o, noun := c.get("/2.0/"+plural+"/"+id+"?fields=id,name,images"), plural[:len(plural)-1]
				if plural == "genres" {
					o = c.get("/2.0/genres/" + id + "?fields=id,name")
				}
				if got, want := fmt.Sprint(all[id]), fmt.Sprint(o.at(noun)); got != want {
					t.Errorf("%s: %s: got %s, want %s", target, id, got, want)
				}
			}
		}
	}
	if !slices.Equal(c.get("/2.0/collections/shelf/movies?expand=genres").ids("movies")[:2], []string{"9", "1"}) {
		t.Error("expand changes the order")
	}
}

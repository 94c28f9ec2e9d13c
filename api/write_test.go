package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"marquee/api"
	"marquee/storage"
)

func TestPreferences(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		method, target, prefer string
		status                 int
		applied                string
		hasBody                bool
	}{
		{"POST", "/2.0/movies", "", 201, "", true},
		{"POST", "/2.0/movies", "return=minimal", 201, "return=minimal", false},
		{"POST", "/2.0/movie", "return=representation", 201, "return=representation", true},
		{"PUT", "/2.0/movies/1", "", 200, "", true},
		{"PUT", "/2.0/movies/1", "return=minimal", 204, "return=minimal", false},
		{"PUT", "/2.0/movie/1", "return=representation", 200, "return=representation", true},
		{"DELETE", "/2.0/movies/1", "", 204, "", false},
		{"DELETE", "/2.0/movies/1", "return=minimal", 204, "return=minimal", false},
		{"DELETE", "/2.0/movie/1", "return=representation", 200, "return=representation", true},
		{"PUT", "/2.0/movies/1", "respond-async, wait=10, RETURN = minimal; foo=\"bar\"", 204, "return=minimal", false},
		{"PUT", "/2.0/movies/1", `return="minimal"`, 204, "return=minimal", false},
		{"PUT", "/2.0/movies/1", "return=minimal, return=representation", 204, "return=minimal", false},
		{"PUT", "/2.0/movies/1", "return=nothing", 200, "", true},
		{"PUT", "/2.0/movies/1", "return=nothing, return=minimal", 200, "", true},
		{"PUT", "/2.0/movies/1", "handling=strict", 200, "", true},
		{"PUT", "/2.0/movies/1", ",;=", 200, "", true},
	} {
		t.Run(c.method+" "+c.prefer, func(t *testing.T) {
			t.Parallel()
			api, _ := seeded(t)
			body := `{"movie":{"title":"New"}}`
			if c.method == "DELETE" {
				body = ""
			}
			a := api.write(c.method, c.target, body, "Prefer", c.prefer).want(c.status)
			if got := a.header.Get("Preference-Applied"); got != c.applied {
				t.Errorf("Preference-Applied: got %q, want %q", got, c.applied)
			}
			if (len(a.body) > 0) != c.hasBody {
				t.Errorf("the body: got %q", a.body)
			}
			if a.header.Get("Catalogue-Version") == "" {
				t.Error("Catalogue-Version is missing")
			}
			if c.status == 201 && a.header.Get("Content-Length") == "" {
				t.Error("a 201 without Content-Length")
			}
		})
	}
}

func TestCreationOfEveryNoun(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, s := range []struct{ target, body, location string }{
		{"/2.0/genres", `{"meta":{},"genre":{"name":"Science Fiction"}}`, "/2.0/genres/science-fiction"},
		{"/2.0/genre", `{"genre":{"name":"Horror"},"meta":{}}`, "/2.0/genres/horror"},
		{"/2.0/persons", `{"person":{"name":"Bob"}}`, "/2.0/persons/2"},
		{"/2.0/movies", `{"movie":{"title":"It"}}`, "/2.0/movies/4"},
		{"/2.0/series", `{"serie":{"title":"Lost"}}`, "/2.0/series/2"},
		{"/2.0/series/2/seasons", `{"season":{"number":1}}`, "/2.0/series/2/seasons/2"},
		{"/2.0/season", `{"season":{"number":2,"serie_id":"2"}}`, "/2.0/series/2/seasons/3"},
		{"/2.0/series/2/seasons/2/episodes", `{"episode":{"number":1}}`, "/2.0/series/2/seasons/2/episodes/2"},
		{"/2.0/episode", `{"episode":{"number":2,"season_id":"2"}}`, "/2.0/series/2/seasons/2/episodes/3"},
	} {
		created := c.write("POST", s.target, s.body).want(http.StatusCreated)
		if got := created.header.Get("Location"); got != s.location {
			t.Errorf("%s: Location: got %q, want %q", s.target, got, s.location)
		}
		read := c.get(s.location).want(http.StatusOK)
		if string(read.body) != string(created.body) || read.header.Get("Etag") != created.header.Get("Etag") {
			t.Errorf("%s: the answer differs from a GET:\n%s %s\n%s %s", s.target, created.header.Get("Etag"), created.body, read.header.Get("Etag"), read.body)
		}
	}
}

func TestBodies(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body   string
		places []string
	}{
		"empty object":      {`{}`, []string{"/movie"}},
		"only meta":         {`{"meta":{}}`, []string{"/movie"}},
		"array":             {`[]`, []string{""}},
		"text":              {`"movie"`, []string{""}},
		"null":              {`null`, []string{""}},
		"not JSON":          {`{"movie":`, []string{""}},
		"blank":             {`  `, []string{""}},
		"single quotes":     {`{'movie':{}}`, []string{""}},
		"trailing":          {`{"movie":{"title":"a"}} {}`, []string{""}},
		"byte order mark":   {"\xEF\xBB\xBF{}", []string{""}},
		"plural":            {`{"movies":{"title":"a"}}`, []string{"/movies", "/movie"}},
		"other noun":        {`{"genre":{"name":"a"}}`, []string{"/genre", "/movie"}},
		"object is a list":  {`{"movie":[]}`, []string{"/movie"}},
		"object is null":    {`{"movie":null}`, []string{"/movie"}},
		"meta is text":      {`{"meta":"x","movie":{"title":"a"}}`, []string{"/meta"}},
		"meta is null":      {`{"meta":null,"movie":{"title":"a"}}`, []string{"/meta"}},
		"meta with member":  {`{"meta":{"a/b":1},"movie":{"title":"a"}}`, []string{"/meta/a~1b"}},
		"noun twice":        {`{"movie":{"title":"a"},"movie":{"title":"b"}}`, []string{"/movie"}},
		"meta twice":        {`{"meta":{},"meta":{},"movie":{"title":"b"}}`, []string{"/meta"}},
		"key twice":         {`{"movie":{"title":"a","title":"b"}}`, []string{"/movie/title"}},
		"key in other case": {`{"movie":{"title":"a","TITLE":"b"}}`, []string{"/movie/TITLE"}},
		"unknown field":     {`{"movie":{"title":"a","titel":"b"}}`, []string{"/movie/titel"}},
		"wrong type":        {`{"movie":{"title":7}}`, []string{"/movie/title"}},
		"no title":          {`{"movie":{}}`, []string{"/movie/title"}},
		"rating of 7.25":    {`{"movie":{"title":"a","imdb_rating":7.25}}`, []string{"/movie/imdb_rating"}},
		"NUL":               {`{"movie":{"title":"a\u0000b"}}`, []string{"/movie/title"}},
		"bad UTF-8":         {"{\"movie\":{\"title\":\"a\xff\"}}", []string{"/movie/title"}},
		"read-only":         {`{"movie":{"title":"a","likes":7}}`, []string{"/movie/likes"}},
		"all at once":       {`{"meta":1,"more":{},"movie":{"x":1,"duration":"long","imdb_id":"nm1"}}`, []string{"/meta", "/more", "/movie/duration", "/movie/imdb_id", "/movie/title", "/movie/x"}},
		"bad texts beside": {"{\"meta\":1,\"movie\":{\"title\":\"\xff\",\"mpaa\":\"\\ud800\",\"x\":1,\"imdb_id\":\"nm1\"}}",
			[]string{"/meta", "/movie/imdb_id", "/movie/mpaa", "/movie/title", "/movie/x"}},
		"deep": {`{"movie":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`, []string{""}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api, m := seeded(t)
			before := m.version
			a := api.write("POST", "/2.0/movies", c.body)
			p := a.refused(http.StatusBadRequest)
			places := p.places()
			slices.Sort(places)
			if p.Type != "/problems/invalid-body" || len(places) != len(c.places) {
				t.Fatalf("faults are at %q, want %q: %s", places, c.places, a.body)
			}
			slices.Sort(c.places)
			if !slices.Equal(places, c.places) && c.places[0] != "" && name != "bad UTF-8" {
				t.Errorf("faults are at %q, want %q", places, c.places)
			}
			if m.version != before {
				t.Error("the refused request was written")
			}
		})
	}
}

func TestUnexpectedAndMissingBodies(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	for _, target := range []string{"/2.0/movies", "/2.0/genre"} {
		if p := c.write("POST", target, "").refused(http.StatusBadRequest); !strings.HasPrefix(p.Detail, "the body is missing; it must be {") || !slices.Equal(p.places(), []string{""}) {
			t.Errorf("got %+v", p)
		}
	}
	c.write("PUT", "/2.0/movies/1", "").refused(http.StatusBadRequest)
	for _, body := range []string{`{"movie":{}}`, `{"meta":{},"x":1}`, `[]`, `x`, `{"meta":[]}`, `null`} {
		c.write("DELETE", "/2.0/movies/1", body).refused(http.StatusBadRequest)
	}
	c.write("DELETE", "/2.0/movies/1", `{"meta":{}}`).want(http.StatusNoContent)
	c.write("DELETE", "/2.0/movies/2", `{}`).want(http.StatusNoContent)
	c.write("DELETE", "/2.0/movies/3", "").want(http.StatusNoContent)
	c.write("DELETE", "/2.0/movies/3", "").refused(http.StatusNotFound)
}

// Faults of the query string and of the body are reported together. A request with only
// faults of the query string uses no idempotency key.
func TestFaultsOfQueryAndBodyTogether(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	before := m.version
	for _, s := range []struct {
		method, target, body string
		places               []string
	}{
		{"POST", "/2.0/movies?x=1", `{"movie":{"release_month":13}}`, []string{"x", "/movie/release_month", "/movie/title"}},
		{"PUT", "/2.0/movies/1?x=1", `{"movie":{"title":null}}`, []string{"x", "/movie/title"}},
		{"PUT", "/2.0/movies/1?x=1", `{"movie":`, []string{"x", "/movie"}},
		{"PUT", "/2.0/movies/1?x=1", `{"movie":{"title":"A"}}`, []string{"x"}},
		{"DELETE", "/2.0/serie/1?cascade=1", `{"x":1}`, []string{"cascade", "/x"}},
		{"POST", "/2.0/movies/1/views?y=1", `{"x":1}`, []string{"y", "/x"}},
	} {
		p := c.write(s.method, s.target, s.body).refused(http.StatusBadRequest)
		if got := p.places(); !slices.Equal(got, s.places) || p.Type != "/problems/invalid-parameter" {
			t.Errorf("%s %s %s: faults are at %q, want %q: %s", s.method, s.target, s.body, got, s.places, p.Type)
		}
	}
	if m.version != before {
		t.Error("the refused request was written")
	}
	body := `{"movie":{"title":"Once"}}`
	c.write("POST", "/2.0/movies", body, "Idempotency-Key", "k").want(http.StatusCreated)
	c.write("POST", "/2.0/movies?x=1", body, "Idempotency-Key", "k").refused(http.StatusBadRequest)
}

func TestContentTypes(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	body := `{"movie":{"title":"New"}}`
	for value, status := range map[string]int{
		"application/json":                   200,
		"Application/JSON":                   200,
		"application/json; charset=utf-8":    200,
		`application/json;charset="UTF-8"`:   200,
		"application/json; charset=latin1":   415,
		"application/merge-patch+json":       415,
		"text/plain":                         415,
		"application/x-www-form-urlencoded":  415,
		"application/json, application/json": 415,
		"json":                               415,
		"application/json; charset":          415,
		"":                                   415,
	} {
		c.write("PUT", "/2.0/movies/1", body, "Content-Type", value).want(status)
	}
	for value, status := range map[string]int{"identity": 200, "gzip": 415, "br": 415, "identity, gzip": 415} {
		c.write("PUT", "/2.0/movies/1", body, "Content-Encoding", value).want(status)
	}
	c.write("DELETE", "/2.0/movies/1", `{"meta":{}}`, "Content-Type", "text/plain").want(415)
}

func TestLargeBodies(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	body := `{"movie":{"title":"New"}}`
	fits := body + strings.Repeat(" ", 1<<20-len(body))
	c.write("PUT", "/2.0/movies/1", fits).want(http.StatusOK)
	a := c.write("PUT", "/2.0/movies/1", fits+" ")
	a.refused(http.StatusRequestEntityTooLarge)
	if a.header.Get("Connection") != "close" {
		t.Error("the connection stays open, want it closed")
	}
}

func TestManyFaultsAreBounded(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	body := `{"movie":{"title":"a"` + strings.Repeat(`,"x":1`, 20000) + `,"` + strings.Repeat("k", 100000) + `":1}}`
	a := c.write("POST", "/2.0/movies", body)
	if p := a.refused(http.StatusBadRequest); len(p.Errors) != 100 || len(a.body) > 20000 {
		t.Errorf("%d errors in %d bytes", len(p.Errors), len(a.body))
	}
}

func TestUpdatesMerge(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	a := c.write("PUT", "/2.0/movie/1", `{"movie":{"id":"1","likes":0,"description":null,"images":{"icon":{"16":{"url":"https://img.example/i"}}}}}`).want(http.StatusOK)
	if a.at("movie", "title") != "Heat" || a.at("movie", "description") != nil || a.at("movie", "images", "poster") == nil || a.at("movie", "images", "icon") == nil {
		t.Errorf("got %s", a.body)
	}
	if string(c.get("/2.0/movies/1").body) != string(a.body) {
		t.Error("the answer differs from a GET")
	}
	c.write("PUT", "/2.0/movies/1", `{"movie":{"title":null}}`).refused(http.StatusBadRequest)
	c.write("PUT", "/2.0/movies/1", `{"movie":{"id":"2"}}`).refused(http.StatusBadRequest)
	c.write("PUT", "/2.0/season/1", `{"season":{"serie_id":"2"}}`).refused(http.StatusBadRequest)
	c.write("PUT", "/2.0/movies/99", `{"movie":{}}`).refused(http.StatusNotFound)
}

func TestIdempotencyKeys(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	body := `{"movie":{"title":"Once"}}`
	one := c.write("POST", "/2.0/movies", body, "Idempotency-Key", "k1").want(http.StatusCreated)
	two := c.write("POST", "/2.0/movies", body, "Idempotency-Key", "k1").want(http.StatusCreated)
	if string(one.body) != string(two.body) || one.header.Get("Location") != two.header.Get("Location") || one.header.Get("Etag") != two.header.Get("Etag") {
		t.Errorf("%s\n%s", one.body, two.body)
	}
	if one.header.Get("Idempotency-Replayed") != "" || two.header.Get("Idempotency-Replayed") != "true" {
		t.Error("Idempotency-Replayed is wrong")
	}
	c.write("POST", "/2.0/movies", `{"movie":{"title":"Twice"}}`, "Idempotency-Key", "k1").refused(http.StatusUnprocessableEntity)
	c.write("POST", "/2.0/movie", body, "Idempotency-Key", "k1").refused(http.StatusUnprocessableEntity)
	for _, key := range []string{" ", "a b", "ä", strings.Repeat("k", 256), "a\tb"} {
		c.write("POST", "/2.0/movies", body, "Idempotency-Key", key).refused(http.StatusBadRequest)
	}
	c.write("POST", "/2.0/movies", body, "Idempotency-Key", strings.Repeat("~", 255)).want(http.StatusCreated)
}

func TestCredentials(t *testing.T) {
	t.Parallel()
	c, _ := seeded(t)
	plain := `Bearer realm="marquee"`
	for _, s := range []struct {
		method, header string
		status         int
		challenge      string
	}{
		{"GET", "", 200, ""},
		{"GET", "Bearer " + editorToken, 200, ""},
		{"GET", "bearer  " + editorToken, 200, ""},
		{"GET", "Bearer " + readerToken, 200, ""},
		{"GET", "Bearer nobody", 401, plain + `, error="invalid_token", error_description="the bearer token is unknown"`},
		{"GET", "Bearer", 401, plain + `, error="invalid_token", error_description="the bearer token is malformed"`},
		{"GET", "Bearer a b", 401, plain + `, error="invalid_token", error_description="the bearer token is malformed"`},
		{"GET", "Basic YTpi", 401, plain},
		{"DELETE", "", 401, plain},
		{"DELETE", "Digest x", 401, plain},
		{"DELETE", "Bearer nobody", 401, plain + `, error="invalid_token", error_description="the bearer token is unknown"`},
		{"DELETE", "Bearer " + readerToken, 403, ""},
		{"DELETE", "Bearer " + editorToken, 204, ""},
	} {
		a := c.do(s.method, "/2.0/movies/1", "", "Authorization", s.header).want(s.status)
		if got := a.header.Get("Www-Authenticate"); got != s.challenge {
			t.Errorf("%s %s: WWW-Authenticate: got %q, want %q", s.method, s.header, got, s.challenge)
		}
	}
	if got := c.get("/2.0/movies", "Authorization", "Bearer "+editorToken).header.Get("Cache-Control"); !strings.HasPrefix(got, "private") {
		t.Errorf("with credentials: %q", got)
	}
	if got := c.get("/2.0/movies/99", "Authorization", "Bearer "+editorToken).header.Get("Cache-Control"); !strings.HasPrefix(got, "private") {
		t.Errorf("404 with credentials: %q", got)
	}
	if got := c.get("/2.0/movies").header.Get("Cache-Control"); !strings.HasPrefix(got, "public") {
		t.Errorf("without credentials: %q", got)
	}
	// Credentials are checked after path and method, and before the body.
	c.do("POST", "/2.0/movies", "{", "Content-Type", "text/plain").refused(http.StatusUnauthorized)
	c.do("PATCH", "/2.0/movies", "{").refused(http.StatusMethodNotAllowed)
	c.do("PUT", "/2.0/movies/x", "{").refused(http.StatusNotFound)
}

func TestIfMatchCanBeRequired(t *testing.T) {
	t.Parallel()
	m := newMemory()
	c := &client{t: t, token: editorToken, handler: api.New(api.Config{Catalogue: m, Logger: quiet(), RequireIfMatch: true})}
	c.post("/2.0/genres", `{"genre":{"name":"Action"}}`)
	c.write("PUT", "/2.0/genres/action", `{"genre":{}}`).refused(http.StatusPreconditionRequired)
	c.write("DELETE", "/2.0/genres/action", "").refused(http.StatusPreconditionRequired)
	c.write("DELETE", "/2.0/genres/action", "", "If-Match", "*").want(http.StatusNoContent)
}

func TestChanges(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	c.write("DELETE", "/2.0/movies/2", "").want(http.StatusNoContent)
	m.version++
	m.log = append(m.log, storage.Change{Version: m.version, Noun: storage.Movie, Operation: storage.Import, IDs: []string{"8", "9"}, At: storage.Now(), Who: "importer"})
	seen, target := 0, "/2.0/changes?limit=5"
	for target != "" {
		a := c.get(target).want(http.StatusOK)
		var page struct {
			Meta    struct{ Since, Limit, Version, Next int64 }
			Changes []struct {
				Version         int64
				Noun, Operation string
				IDs             []string
				At              string
				Object          map[string]any
				Who             *string
			}
		}
		if err := json.Unmarshal(a.body, &page); err != nil {
			t.Fatal(err)
		}
		for _, change := range page.Changes {
			seen++
			if hasObject := change.Operation == "create"; change.Version != int64(seen) || change.Who != nil || hasObject != (change.Object != nil) {
				t.Errorf("change %d: got %+v", seen, change)
			}
		}
		if page.Meta.Version != m.version || page.Meta.Next != int64(seen) || page.Meta.Limit != 5 {
			t.Errorf("got meta %+v after %d changes", page.Meta, seen)
		}
		target = a.links()["next"]
	}
	if seen != len(m.log) {
		t.Errorf("saw %d changes of %d", seen, len(m.log))
	}
	end := c.get(fmt.Sprint("/2.0/changes?since=", seen)).want(http.StatusOK)
	if want := fmt.Sprintf(`{"meta":{"since":%[1]d,"limit":100,"version":%[1]d,"next":%[1]d},"changes":[]}`, seen); string(end.body) != want {
		t.Errorf("got %s", end.body)
	}
	for _, query := range []string{fmt.Sprint("since=", seen+1), "since=-1", "since=01", "since=99999999999999999999", "limit=0", "limit=1001", "since=1&since=1", "sinc=1", "offset=1", "since="} {
		c.get("/2.0/changes?" + query).refused(http.StatusBadRequest)
	}
}

// The pages of some nouns have all of their changes, although a page may be empty before the
// last one.
func TestChangesOfNouns(t *testing.T) {
	t.Parallel()
	c, m := seeded(t)
	for range 9 {
		c.write("PUT", "/2.0/movies/1", `{"movie":{}}`)
		c.post("/2.0/movies", `{"movie":{"title":"Another"}}`)
	}
	c.post("/2.0/genres", `{"genre":{"name":"Last"}}`)
	var got, want []string
	for _, change := range m.log {
		if change.Noun == storage.Genre || change.Noun == storage.Person {
			want = append(want, fmt.Sprint(change.Version, change.Noun.Name))
		}
	}
	empty := 0
	for target := "/2.0/changes?noun=persons,genres,persons&limit=1"; target != ""; {
		a := c.get(target).want(http.StatusOK)
		if a.at("meta", "noun") != "persons,genres" && a.at("meta", "noun") != "persons,genres,persons" {
			t.Fatalf("got meta %v", a.at("meta"))
		}
		list, _ := a.at("changes").([]any)
		for _, change := range list {
			got = append(got, fmt.Sprint(change.(map[string]any)["version"], change.(map[string]any)["noun"]))
		}
		if target = a.links()["next"]; len(list) == 0 && target != "" {
			empty++
		}
		if target == "" && fmt.Sprint(a.at("meta", "next")) != fmt.Sprint(m.version) {
			t.Errorf("the last page continues at %v, the log ends at %d", a.at("meta", "next"), m.version)
		}
	}
	if strings.Join(got, " ") != strings.Join(want, " ") || empty == 0 {
		t.Errorf("got %s\nwant %s\n%d pages were empty", got, want, empty)
	}
	for target, corrected := range map[string]string{"noun=movies,genre": "noun=movies,genres", "noun=moveis": "noun=movies", "noun=Genres,,movies": "noun=genres,movies"} {
		if p := c.get("/2.0/changes?" + target).refused(http.StatusBadRequest); p.Corrected != "/2.0/changes?"+corrected || p.Errors[0].Parameter != "noun" {
			t.Errorf("%s: got %+v", target, p)
		}
	}
}

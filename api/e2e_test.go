package api_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/api"
	"marquee/deploy/devstack"
	search "marquee/search/postgres"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
)

// searched is a store whose lists can be searched.
type searched struct {
	*postgres.Store
	lists *search.Engine
}

var _ api.Catalogue = (*searched)(nil)

func (s *searched) List(ctx context.Context, q *storage.Query) (*storage.Page, error) {
	return s.lists.List(ctx, q)
}

// stored returns a client of an API over an empty PostgreSQL database.
func stored(t *testing.T) *client {
	t.Helper()
	url := devstack.Postgres(t)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	if _, err := postgres.Migrate(ctx, url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(ctx, url, postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	token, err := s.CreateToken(ctx, credential.User{Name: "ed", Role: credential.Editor})
	if err != nil {
		t.Fatal(err)
	}
	return &client{t: t, handler: api.New(api.Config{Catalogue: &searched{s, search.New(s)}, Logger: quiet(), QueryTimeout: 30 * time.Second}), token: token}
}

// example is an object of every noun, in the order in which they can be created, with
// an update and its result.
var examples = []struct {
	collection, body, update, field string
	want                            any
}{
	{"/2.0/genres", `{"name":"Crime"}`, `{"description":"Heists."}`, "description", "Heists."},
	{"/2.0/persons", `{"name":"Ann"}`, `{"birth_date":"1970-01-31"}`, "birth_date", "1970-01-31"},
	{"/2.0/movies", `{"title":"Heat","genres":["crime"],"starring":["1"],"imdb_rating":8.3}`, `{"imdb_rating":8.0}`, "imdb_rating", json.Number("8.0")},
	{"/2.0/series", `{"title":"Dark"}`, `{"ended_year":2020}`, "ended_year", json.Number("2020")},
	{"/2.0/series/1/seasons", `{"number":1}`, `{"title":"One"}`, "title", "One"},
	{"/2.0/series/1/seasons/1/episodes", `{"number":1,"title":"Secrets"}`, `{"number":2}`, "number", json.Number("2")},
}

func nounOf(plural string) *storage.Noun {
	return storage.Nouns[slices.IndexFunc(storage.Nouns, func(n *storage.Noun) bool { return n.Plural == plural })]
}

func TestEveryNounFromCreationToDeletion(t *testing.T) {
	t.Parallel()
	c := stored(t)
	var paths, nouns []string
	for _, e := range examples {
		plural := e.collection[strings.LastIndex(e.collection, "/")+1:]
		n := nounOf(plural)
		created := c.write("POST", e.collection, `{"meta":{},"`+n.Name+`":`+e.body+`}`).want(http.StatusCreated)
		location := created.header.Get("Location")
		read := c.get(location).want(http.StatusOK)
		if !bytes.Equal(read.body, created.body) || read.header.Get("Etag") != created.header.Get("Etag") {
			t.Errorf("%s: a GET differs from the creation:\n%s\n%s", location, read.body, created.body)
		}
		if got := order(t, read.body, n.Name); !slices.Equal(got, n.FieldNames()) {
			t.Errorf("%s shows %v, want %v", location, got, n.FieldNames())
		}
		updated := c.write("PUT", location, `{"`+n.Name+`":`+e.update+`}`, "If-Match", read.header.Get("Etag")).want(http.StatusOK)
		if got := updated.at(n.Name, e.field); got != e.want {
			t.Errorf("%s: %s: got %v, want %v", location, e.field, got, e.want)
		}
		if again := c.get(location); !bytes.Equal(again.body, updated.body) || again.header.Get("Etag") != updated.header.Get("Etag") {
			t.Errorf("%s: a GET differs from the update", location)
		}
		c.write("PUT", location, `{"`+n.Name+`":`+e.body+`}`, "If-Match", read.header.Get("Etag")).refused(http.StatusPreconditionFailed)
		list := c.get(e.collection).want(http.StatusOK)
		if len(list.ids(n.Plural)) != 1 || fmt.Sprint(list.at("meta", "total")) != "1" {
			t.Errorf("%s: got %s", e.collection, list.body)
		}
		paths, nouns = append(paths, location), append(nouns, n.Name)
	}
	slices.Reverse(paths)
	for _, path := range paths {
		c.write("DELETE", path, `{"meta":{}}`).want(http.StatusNoContent)
		c.get(path).refused(http.StatusNotFound)
		c.write("DELETE", path, "").refused(http.StatusNotFound)
	}
	checkLog(t, c, nouns)
}

// checkLog checks that the change log has all operations on every noun.
func checkLog(t *testing.T, c *client, nouns []string) {
	t.Helper()
	seen := map[string]bool{}
	last := json.Number("0")
	for target := "/2.0/changes?limit=3"; target != ""; {
		a := c.get(target).want(http.StatusOK)
		changes, _ := a.at("changes").([]any)
		for _, v := range changes {
			change := v.(map[string]any)
			seen[fmt.Sprint(change["noun"], " ", change["operation"])] = true
			if (change["object"] == nil) != (change["operation"] == "delete") {
				t.Errorf("got %v", change)
			}
			last = change["version"].(json.Number)
		}
		target = a.links()["next"]
	}
	for _, n := range nouns {
		for _, operation := range []string{"create", "update", "delete"} {
			if !seen[n+" "+operation] {
				t.Errorf("the change log has no %s of a %s", operation, n)
			}
		}
	}
	c.get("/2.0/changes?since=" + last.String()).want(http.StatusOK)
	p := c.get("/2.0/changes?since=999999").refused(http.StatusBadRequest)
	if !slices.Equal(p.places(), []string{"since"}) || !strings.Contains(p.Detail, last.String()) {
		t.Errorf("got %+v", p)
	}
}

func TestConflictsAndReferences(t *testing.T) {
	t.Parallel()
	c := stored(t)
	c.post("/2.0/genres", `{"genre":{"name":"Crime"}}`)
	c.post("/2.0/persons", `{"person":{"name":"Ann"}}`)
	c.post("/2.0/movies", `{"movie":{"title":"Heat","imdb_id":"tt0113277","genres":["crime"],"directors":["1"]}}`)
	p := c.write("POST", "/2.0/genre", `{"genre":{"name":"CRIME","id":"other"}}`).refused(http.StatusConflict)
	if !slices.Equal(p.places(), []string{"/genre/name"}) {
		t.Errorf("got %+v", p)
	}
	c.write("POST", "/2.0/genre", `{"genre":{"name":"Other","id":"crime"}}`).refused(http.StatusConflict)
	p = c.write("POST", "/2.0/movie", `{"movie":{"title":"Heat","imdb_id":"tt0113277"}}`).refused(http.StatusConflict)
	if !slices.Equal(p.places(), []string{"/movie/imdb_id"}) {
		t.Errorf("got %+v", p)
	}
	for _, path := range []string{"/2.0/genre/crime", "/2.0/persons/1"} {
		if p := c.write("DELETE", path, "").refused(http.StatusConflict); !strings.Contains(p.Detail, "1 movie") {
			t.Errorf("%s: got %s", path, p.Detail)
		}
	}
	p = c.write("POST", "/2.0/movies", `{"meta":0,"movie":{"genres":["crimes","crime"],"starring":["7"],"x":1}}`).refused(http.StatusBadRequest)
	places := p.places()
	slices.Sort(places)
	if want := []string{"/meta", "/movie/genres/0", "/movie/starring/0", "/movie/title", "/movie/x"}; !slices.Equal(places, want) {
		t.Errorf("faults are at %v, want %v", places, want)
	}
	a := c.write("POST", "/2.0/movies", `{"movie":{"title":"Out of the Past","genres":[{"name":"Film noir"},{"name":"crime"}]}}`).want(http.StatusCreated)
	if got := fmt.Sprint(a.at("movie", "genres")); got != "[film-noir crime]" {
		t.Errorf("genres are %s", got)
	}
	c.get("/2.0/genres/film-noir").want(http.StatusOK)
}

func TestPartsOfSeries(t *testing.T) {
	t.Parallel()
	c := stored(t)
	c.post("/2.0/series", `{"serie":{"title":"Dark"}}`)
	c.post("/2.0/series", `{"serie":{"title":"Lost"}}`)
	c.post("/2.0/series/1/seasons", `{"season":{"number":1}}`)
	c.post("/2.0/season", `{"season":{"number":2,"serie_id":"1"}}`)
	c.post("/2.0/series/2/seasons", `{"season":{"number":1}}`)
	c.post("/2.0/series/1/seasons/1/episodes", `{"episode":{"number":1}}`)
	if got := c.post("/2.0/episode", `{"episode":{"number":2,"season_id":"1"}}`); got != "2" {
		t.Errorf("the episode's id: got %s", got)
	}
	for target, status := range map[string]int{
		"/2.0/series/1/seasons/3": 404, "/2.0/series/2/seasons/1": 404, "/2.0/series/9/seasons": 404, "/2.0/series/2/seasons/1/episodes": 404,
		"/2.0/series/2/seasons/3/episodes": 200, "/2.0/seasons/3": 200, "/2.0/series/1/seasons/1/episodes/2": 200, "/2.0/series/2/seasons/1/episodes/2": 404,
	} {
		c.get(target).want(status)
	}
	c.write("PUT", "/2.0/series/2/seasons/1", `{"season":{"title":"x"}}`).refused(http.StatusNotFound)
	c.write("DELETE", "/2.0/series/2/seasons/1", "").refused(http.StatusNotFound)
	c.write("POST", "/2.0/series/9/seasons", `{"season":{"number":1}}`).refused(http.StatusNotFound)
	c.write("POST", "/2.0/series/2/seasons/1/episodes", `{"episode":{"number":1}}`).refused(http.StatusNotFound)
	c.write("POST", "/2.0/season", `{"season":{"number":1}}`).refused(http.StatusBadRequest)
	c.write("POST", "/2.0/series/1/seasons", `{"season":{"number":1}}`).refused(http.StatusConflict)
	c.write("PUT", "/2.0/season/1", `{"season":{"serie_id":"2"}}`).refused(http.StatusBadRequest)
	if got := c.get("/2.0/seasons?ids=1,3,77").want(http.StatusOK); !slices.Equal(got.ids("seasons"), []string{"1", "3"}) || fmt.Sprint(got.at("meta", "missing")) != "[77]" {
		t.Errorf("got %s", got.body)
	}
	if got := c.get("/2.0/series/1").at("serie", "episodes_count"); fmt.Sprint(got) != "2" {
		t.Errorf("the series counts %v episodes", got)
	}
	c.write("DELETE", "/2.0/series/1", "").refused(http.StatusConflict)
	c.write("DELETE", "/2.0/series/1?cascade=false", "").refused(http.StatusConflict)
	c.write("DELETE", "/2.0/season/1?cascade=true", "").want(http.StatusNoContent)
	c.get("/2.0/episodes/2").refused(http.StatusNotFound)
	c.write("DELETE", "/2.0/serie/1?cascade=true", "", "Prefer", "return=representation").want(http.StatusOK)
	c.get("/2.0/seasons/2").refused(http.StatusNotFound)
	c.get("/2.0/seasons/3").want(http.StatusOK)
}

func TestIdempotentCreationUnderLoad(t *testing.T) {
	t.Parallel()
	c := stored(t)
	locations := make(chan string, 16)
	var group sync.WaitGroup
	for range cap(locations) {
		group.Go(func() {
			for {
				a := c.write("POST", "/2.0/movies", `{"movie":{"title":"Once"}}`, "Idempotency-Key", "k")
				if a.status == http.StatusConflict { // in flight
					continue
				}
				if a.status != http.StatusCreated {
					t.Errorf("status %d: %s", a.status, a.body)
				}
				locations <- a.header.Get("Location")
				return
			}
		})
	}
	group.Wait()
	close(locations)
	for l := range locations {
		if l != "/2.0/movies/1" {
			t.Errorf("Location: got %q", l)
		}
	}
	if got := c.get("/2.0/movies").at("meta", "total"); fmt.Sprint(got) != "1" {
		t.Errorf("there are %v movies", got)
	}
	c.write("POST", "/2.0/movies", `{"movie":{"title":"Twice"}}`, "Idempotency-Key", "k").refused(http.StatusUnprocessableEntity)
	c.write("DELETE", "/2.0/movies/1", "").want(http.StatusNoContent)
	if a := c.write("POST", "/2.0/movies", `{"movie":{"title":"Once"}}`, "Idempotency-Key", "k").want(http.StatusCreated); a.header.Get("Idempotency-Replayed") != "true" {
		t.Error("the answer was not replayed")
	}
}

func TestListsOfPostgreSQL(t *testing.T) {
	t.Parallel()
	c := stored(t)
	c.post("/2.0/genres", `{"genre":{"name":"Action"}}`)
	c.post("/2.0/genres", `{"genre":{"name":"Drama"}}`)
	c.post("/2.0/persons", `{"person":{"name":"Ann"}}`)
	for i := range 40 {
		body := fmt.Sprintf(`{"movie":{"title":"Film %d","release_year":%d,"imdb_rating":%d.%d,"genres":[%q],"starring":["1"]}}`, i%9, 1980+i%6, i%10, i%10, []string{"action", "drama"}[i%2])
		if i%5 == 0 {
			body = fmt.Sprintf(`{"movie":{"title":"Élan %d","recommended":true}}`, i%3)
		}
		c.post("/2.0/movies", body)
	}
	c.post("/2.0/series", `{"serie":{"title":"Dark"}}`)
	c.post("/2.0/series/1/seasons", `{"season":{"number":1}}`)
	c.post("/2.0/series/1/seasons/1/episodes", `{"episode":{"number":1}}`)
	for _, sort := range []string{"title", "-title", "year", "-year", "added", "-added", "modified", "-modified"} {
		want := c.get("/2.0/movies?limit=100&sort=" + sort).want(http.StatusOK).ids("movies")
		if got := walk(t, c, "/2.0/movies?limit=7&sort="+sort, "movies"); !slices.Equal(got, want) || len(got) != 40 {
			t.Errorf("%s: pages give %v, one page %v", sort, got, want)
		}
	}
	added := c.get("/2.0/movies/1").at("movie", "added").(string)
	if got := c.get("/2.0/movies?added=" + added + "&ids=1").ids("movies"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("added=%s finds %v", added, got)
	}
	for _, r := range lists() {
		for _, p := range parameters(r) {
			for _, v := range goodValues(r.Noun, p) {
				c.get(path(r) + "?" + p.Name + "=" + url.QueryEscape(v)).want(http.StatusOK)
			}
			values := badValues[p.Name]
			if p.Filter != nil {
				values = badByKind[p.Filter.Kind]
			}
			for _, v := range values {
				a := c.get(path(r) + "?" + p.Name + "=" + url.QueryEscape(v))
				followCorrection(t, c, a, a.refused(http.StatusBadRequest))
			}
		}
	}
	p := c.get("/2.0/movies?limit=0&genres=actoin&persons=5").refused(http.StatusBadRequest)
	if !slices.Equal(p.places(), []string{"limit", "genres", "persons"}) {
		t.Errorf("got %+v", p)
	}
}

// A forged cursor with a good checksum is either accepted or refused. It is never an
// internal error.
func TestForgedCursors(t *testing.T) {
	t.Parallel()
	c := stored(t)
	for i := range 3 {
		c.post("/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Film %d"}}`, i))
	}
	numbers := []int64{0, -1, 1, 1 << 31, -1 << 31, 1<<31 - 1, 1 << 40, -1 << 40, 1<<63 - 1, -1 << 63, 253402300799, -62135596800}
	for _, sort := range []string{"title", "-title", "year", "-year", "added", "-modified"} {
		next := c.get("/2.0/movies?limit=1&sort=" + sort).links()["next"]
		b, err := base64.RawURLEncoding.DecodeString(next[strings.Index(next, "cursor=")+7:])
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range numbers {
			for _, text := range []string{"", "\x00", "\xff\xfe", strings.Repeat("a", 2500)} {
				for _, id := range []string{"1", "", "0", "999999999999999999", "9999999999999999999", "x"} {
					forged := binary.AppendVarint(append(slices.Clone(b[:9]), 1), n)
					forged = binary.AppendUvarint(forged, uint64(len(text)))
					forged = append(append(forged, text...), id...)
					forged = binary.BigEndian.AppendUint32(forged, crc32.ChecksumIEEE(forged))
					c.get("/2.0/movies?limit=1&sort=" + sort + "&cursor=" + base64.RawURLEncoding.EncodeToString(forged))
				}
			}
		}
	}
}

// A name or title may have no words at all.
func TestLabelsWithoutWords(t *testing.T) {
	t.Parallel()
	c := stored(t)
	c.post("/2.0/persons", `{"person":{"name":"%"}}`)
	c.post("/2.0/movies", `{"movie":{"title":"'; --"}}`)
	c.write("PUT", "/2.0/movies/1", `{"movie":{"title":"..."}}`).want(http.StatusOK)
	c.write("DELETE", "/2.0/movies/1", "").want(http.StatusNoContent)
}

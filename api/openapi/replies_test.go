package openapi_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"
	"time"

	"marquee/api"
	"marquee/api/param"
	"marquee/api/route"
	"marquee/storage"
)

// celebrated is an instant at which the collection of the examples is active.
var celebrated = time.Date(2027, 7, 4, 12, 0, 0, 0, time.UTC)

// TestRepliesMatchDocument does everything with objects of each noun in a real store. It
// sends the examples of the document, and compares all replies with the document.
func TestRepliesMatchDocument(t *testing.T) {
	t.Parallel()
	for _, n := range storage.Nouns {
		t.Run(n.Name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, api.Config{Catalogue: store(t), Now: func() time.Time { return celebrated }})
			path, parents := s.collection(n)
			s.referred(n)
			created := s.do("POST", path, s.sample(n, "Create")).want(201)
			own := created.header.Get("Location")
			checkWhole(t, n, created)
			s.read(n, own, created)
			s.do("POST", path, least(t, n, "Another", 2, nil), "Prefer", "return=minimal").want(201)
			s.lists(n, path)
			s.lists(n, route.Base+"/"+n.Plural)
			s.do("POST", path, s.sample(n, "Create")).want(409)
			s.edits(n, own)
			s.do("DELETE", own, "", "Prefer", "return=representation").want(200)
			s.do("GET", own, "").want(404)
			s.repeats(n, path)
			s.aliases(n, parents)
			s.follow()
		})
	}
}

// checkWhole checks that a reply has all fields.
func checkWhole(t *testing.T, n *storage.Noun, a *answer) {
	t.Helper()
	shown := a.member(n.Name)
	for _, f := range n.Fields {
		if _, ok := shown[f.Name]; !ok {
			t.Errorf("%s: the reply has no field %s", a.name, f.Name)
		}
	}
}

// read reads an object by its paths, with conditions.
func (s *service) read(n *storage.Noun, own string, created *answer) {
	s.t.Helper()
	a := s.do("GET", own, "").want(200)
	if string(a.body) != string(created.body) {
		s.t.Errorf("%s: got %s, want the reply to the creation, %s", a.name, a.body, created.body)
	}
	for _, path := range []string{own, route.Base + "/" + n.Plural + "/" + fmt.Sprint(a.member(n.Name)["id"])} {
		s.do("GET", path, "", "Authorization", "Bearer editor").want(200)
		s.do("GET", path+"?fields=id", "").want(200)
		s.do("GET", path+"?fields=-id", "").want(200)
		if len(param.Expandable(n)) > 0 {
			s.do("GET", path+"?expand=starring,directors", "").want(200)
		}
		s.do("HEAD", path, "").want(200)
		s.do("OPTIONS", path, "", "Authorization", "").want(204)
		s.do("GET", path, "", "If-None-Match", a.header.Get("Etag")).want(304)
		s.do("HEAD", path, "", "If-None-Match", "*").want(304)
		if modified := a.header.Get("Last-Modified"); modified != "" {
			s.do("GET", path, "", "If-Modified-Since", modified).want(304)
		}
	}
}

// values has valid values for each kind of filter.
var values = map[storage.FilterKind][]string{
	storage.CountRange:   {"1949", "0..10", "5..", "..10"},
	storage.DecimalRange: {"8.1", "7..8.5", "7.25..", "..10.0"},
	storage.DecimalAbove: {"0", "7.25", "10"},
	storage.TimeRange:    {"2014-12-31T23-59", "2014-12-31T23-59..", "..2999-12-31T23-59-59"},
	storage.Flag:         {"true", "false"},
	storage.Active:       {"true", "false"},
}

// nextPage matches the next page in a header Link.
var nextPage = regexp.MustCompile(`<([^>]*)>; rel="next"`)

// lists reads lists with all parameters.
func (s *service) lists(n *storage.Noun, path string) {
	s.t.Helper()
	first := s.do("GET", path, "").want(200)
	s.do("HEAD", path, "").want(200)
	s.do("OPTIONS", path, "", "Authorization", "").want(204)
	s.do("GET", path, "", "If-None-Match", first.header.Get("Etag")).want(304)
	queries := []string{"offset=1", "offset=2147483647&limit=100", "ids=1,999", "fields=id,-id"}
	if n.Slug {
		queries[2] = "ids=film-noir,action"
	}
	for _, f := range param.Expandable(n) {
		queries = append(queries, "expand="+f.Name)
	}
	for _, sort := range n.Sorts {
		queries = append(queries, "sort="+sort.Name, "sort=-"+sort.Name)
	}
	for _, f := range n.Facets() {
		queries = append(queries, "facets="+f.Name, "facets=genres,"+f.Name+"&facet_limit=1&sort=title")
	}
	for _, f := range n.Filters {
		for _, v := range values[f.Kind] {
			queries = append(queries, f.Name+"="+v)
		}
		switch {
		case f.Kind == storage.AnyOf && storage.NounByName(f.Target).Slug:
			queries = append(queries, f.Name+"=ALL", f.Name+"=film-noir")
		case f.Kind == storage.OneOf:
			of := n.Field(f.Fields[0]).Type.Item().Enum
			queries = append(queries, f.Name+"="+of[0]+","+of[1])
		case f.Kind == storage.AnyOf, f.Kind == storage.AllOf:
			id := map[string]string{"genre": "film-noir", "person": "1"}[f.Target]
			queries = append(queries, f.Name+"="+id)
		}
	}
	for _, q := range queries {
		s.do("GET", path+"?"+q, "").want(200)
	}
	if len(n.Searched) > 0 {
		s.searches(n, path)
	}
	page := s.do("GET", path+"?limit=1", "").want(200)
	next := nextPage.FindStringSubmatch(page.header.Get("Link"))
	if next == nil {
		s.t.Fatalf("%s: got the Link %q, want a next page", page.name, page.header.Get("Link"))
	}
	s.do("GET", next[1], "").want(200)
}

// searches searches for the label of an object in every way.
func (s *service) searches(n *storage.Noun, path string) {
	s.t.Helper()
	for _, q := range []string{"q=another", "q=another&q_type=exact", "q=%5EAnother&q_type=regex&fields=id"} {
		for flag, want := range map[string]bool{"": false, "&highlight=false": false, "&highlight=true": true} {
			a := s.do("GET", path+"?"+q+flag, "").want(200)
			found, _ := a.member("meta")["highlights"].(map[string]any)
			if fmt.Sprint(found) != "map[2:map["+n.Label+":[[0 7]]]]" && want || !want && found != nil {
				s.t.Errorf("%s: got the highlights %v", a.name, found)
			}
		}
	}
	if a := s.do("GET", path+"?q=%22Anothr%22&limit=1", "").want(200); a.member("meta")["did_you_mean"] != `"another"` {
		s.t.Errorf("%s: got %s, want did_you_mean", a.name, a.body)
	}
}

// edits updates an object, and clears its optional fields.
func (s *service) edits(n *storage.Noun, own string) {
	s.t.Helper()
	read := s.do("GET", own, "").want(200)
	s.do("PUT", own, string(read.body)).want(200) // a client may send back what it read
	changed := s.do("PUT", own, s.sample(n, "Update"), "If-Match", read.header.Get("Etag")).want(200)
	checkWhole(s.t.(*testing.T), n, changed)
	s.do("PUT", own, s.sample(n, "Update"), "Prefer", "return=minimal").want(204)
	clearing := map[string]any{}
	for _, f := range n.Fields {
		if f.Source == storage.Client && !f.Required {
			clearing[f.Name] = nil
		}
	}
	cleared := s.do("PUT", own, encode(s.t, map[string]any{"meta": map[string]any{}, n.Name: clearing})).want(200)
	checkWhole(s.t.(*testing.T), n, cleared)
	s.do("PUT", own, s.sample(n, "Update"), "If-Match", read.header.Get("Etag")).want(412)
	s.do("DELETE", own, "", "If-Match", read.header.Get("Etag")).want(412)
}

// repeats sends a creation twice with the same key.
func (s *service) repeats(n *storage.Noun, path string) {
	s.t.Helper()
	body := least(s.t, n, "Once", 3, nil)
	s.do("POST", path, body, "Idempotency-Key", "k").want(201)
	if again := s.do("POST", path, body, "Idempotency-Key", "k").want(201); again.header.Get("Idempotency-Replayed") != "true" {
		s.t.Errorf("%s: got no Idempotency-Replayed, want true", again.name)
	}
	s.do("POST", path, least(s.t, n, "Twice", 4, nil), "Idempotency-Key", "k").want(422)
	s.do("POST", path, body, "Idempotency-Key", "a b").wantInvalid(400)
}

// aliases uses the singular paths.
func (s *service) aliases(n *storage.Noun, parents []string) {
	s.t.Helper()
	singular := route.Base + "/" + n.Name
	a := s.do("POST", singular, least(s.t, n, "Alias", 5, parents)).want(201)
	own := singular + "/" + fmt.Sprint(a.member(n.Name)["id"])
	s.do("OPTIONS", singular, "", "Authorization", "").want(204)
	s.do("OPTIONS", own, "", "Authorization", "").want(204)
	s.do("GET", singular, "").wantInvalid(405)
	s.do("GET", own, "").wantInvalid(405)
	s.do("PUT", own, s.sample(n, "Update"), "Prefer", "return=representation").want(200)
	s.do("DELETE", own, "", "Prefer", "return=minimal").want(204)
	s.do("DELETE", own, "").want(404)
	s.do("PUT", own, s.sample(n, "Update")).want(404)
}

// follow reads the change log, and checks that its objects match the schemas of their
// nouns.
func (s *service) follow() {
	s.t.Helper()
	s.do("HEAD", "/2.0/changes", "").want(200)
	for target := "/2.0/changes?since=0&limit=3"; target != ""; {
		a := s.do("GET", target, "").want(200)
		log, _ := decode(s.t, a.body).(map[string]any)
		for _, v := range log["changes"].([]any) {
			change := v.(map[string]any)
			noun := storage.NounByName(change["noun"].(string))
			if change["object"] == nil {
				continue
			}
			if err := s.doc.Components.Schemas[title(noun)].Value.VisitJSON(change["object"]); err != nil {
				s.t.Errorf("%s: %v", a.name, err)
			}
		}
		target = ""
		if next := nextPage.FindStringSubmatch(a.header.Get("Link")); next != nil {
			target = next[1]
		}
	}
}

// An object with children is deleted only with cascade. An object that others refer to
// cannot be deleted.
func TestDeletionsMatchDocument(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: store(t)})
	path, parents := s.collection(storage.Episode)
	s.do("POST", path, s.sample(storage.Episode, "Create")).want(http.StatusCreated)
	serie := "/2.0/series/" + parents[0]
	season := serie + "/seasons/" + parents[1]
	s.do("DELETE", serie, "").want(409)
	s.do("DELETE", season, "").want(409)
	s.do("DELETE", season+"?cascade=maybe", "").wantInvalid(400)
	s.do("DELETE", "/2.0/genres/film-noir", "").want(409)
	s.do("DELETE", "/2.0/persons/1", "").want(409)
	s.do("DELETE", season+"?cascade=true", "").want(204)
	s.do("DELETE", "/2.0/serie/"+parents[0]+"?cascade=true", "").want(204)
	s.do("DELETE", "/2.0/genres/film-noir", "").want(204)
}

// The parents of an object may be in the path, in the body, or equal in both.
func TestParentsMatchDocument(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: store(t)})
	s.do("POST", "/2.0/series", s.sample(storage.Serie, "Create")).want(201)
	s.do("POST", "/2.0/series", `{"serie":{"title":"Another"}}`).want(201)
	s.do("POST", "/2.0/season", `{"season":{"number":1}}`).want(400)
	s.do("POST", "/2.0/season", `{"season":{"number":1,"serie_id":"999"}}`).want(400)
	s.do("POST", "/2.0/season", `{"season":{"number":1,"serie_id":"x"}}`).wantInvalid(400)
	s.do("POST", "/2.0/series/999/seasons", `{"season":{"number":1}}`).want(404)
	s.do("POST", "/2.0/series/1/seasons", `{"season":{"number":1,"serie_id":"2"}}`).want(400)
	s.do("POST", "/2.0/series/1/seasons", `{"season":{"number":1,"serie_id":"1"}}`).want(201)
	s.do("GET", "/2.0/series/2/seasons/1", "").want(404)
	s.do("GET", "/2.0/series/999/seasons", "").want(404)
	s.do("GET", "/2.0/series/01/seasons", "").wantInvalid(404)
	s.do("PUT", "/2.0/season/1", `{"season":{"serie_id":"2"}}`).want(400)
	s.do("PUT", "/2.0/seasons/1", `{"season":{"number":2}}`).wantInvalid(405)
}

package openapi_test

import (
	"fmt"
	"net/http"
	"regexp"
	"testing"

	"marquee/api"
	"marquee/storage"
)

// Everything that can be done with a noun, as the document shows it: its
// examples are sent to a real store, and every reply is held against it.
func TestRepliesAreAsDocumented(t *testing.T) {
	t.Parallel()
	for _, n := range storage.Nouns {
		t.Run(n.Name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, api.Config{Catalogue: store(t)})
			path, parents := s.collection(n)
			created := s.do("POST", path, s.sample(n, "Create")).want(201)
			own := created.header.Get("Location")
			checkWhole(t, n, created)
			s.read(n, own, created)
			s.do("POST", path, least(t, n, "Another", 2, nil), "Prefer", "return=minimal").want(201)
			s.lists(n, path)
			s.lists(n, api.Base+"/"+n.Plural)
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

// checkWhole holds that a reply shows every field.
func checkWhole(t *testing.T, n *storage.Noun, a *answer) {
	t.Helper()
	shown := a.member(n.Name)
	for _, name := range n.FieldNames() {
		if _, ok := shown[name]; !ok {
			t.Errorf("%s: the reply lacks %s", a.name, name)
		}
	}
}

func (s *service) read(n *storage.Noun, own string, created *answer) {
	s.t.Helper()
	a := s.do("GET", own, "").want(200)
	if string(a.body) != string(created.body) {
		s.t.Errorf("%s: %s, was created as %s", a.name, a.body, created.body)
	}
	for _, path := range []string{own, api.Base + "/" + n.Plural + "/" + fmt.Sprint(a.member(n.Name)["id"])} {
		s.do("GET", path, "", "Authorization", "Bearer editor").want(200)
		s.do("GET", path+"?fields=id", "").want(200)
		s.do("GET", path+"?fields=-id", "").want(200)
		s.do("HEAD", path, "").want(200)
		s.do("OPTIONS", path, "", "Authorization", "").want(204)
		s.do("GET", path, "", "If-None-Match", a.header.Get("Etag")).want(304)
		s.do("HEAD", path, "", "If-None-Match", "*").want(304)
		if modified := a.header.Get("Last-Modified"); modified != "" {
			s.do("GET", path, "", "If-Modified-Since", modified).want(304)
		}
	}
}

// values are what a filter of a kind is asked for.
var values = map[storage.FilterKind][]string{
	storage.CountRange:   {"1949", "0..10", "5..", "..10"},
	storage.DecimalRange: {"8.1", "7..8.5", "7.25..", "..10.0"},
	storage.DecimalAbove: {"0", "7.25", "10"},
	storage.TimeRange:    {"2014-12-31T23-59", "2014-12-31T23-59..", "..2999-12-31T23-59-59"},
	storage.Flag:         {"true", "false"},
}

// nextPage finds the cursor's page in a Link header.
var nextPage = regexp.MustCompile(`<([^>]*)>; rel="next"`)

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
	for _, sort := range n.Sorts {
		queries = append(queries, "sort="+sort.Name, "sort=-"+sort.Name)
	}
	for _, f := range n.Filters {
		for _, v := range values[f.Kind] {
			queries = append(queries, f.Name+"="+v)
		}
		switch {
		case f.Kind == storage.AnyOf && storage.NounByName(f.Target).Slug:
			queries = append(queries, f.Name+"=ALL", f.Name+"=film-noir")
		case f.Kind == storage.AnyOf, f.Kind == storage.AllOf:
			id := map[string]string{"genre": "film-noir", "person": "1"}[f.Target]
			queries = append(queries, f.Name+"="+id)
		}
	}
	for _, q := range queries {
		s.do("GET", path+"?"+q, "").want(200)
	}
	page := s.do("GET", path+"?limit=1", "").want(200)
	next := nextPage.FindStringSubmatch(page.header.Get("Link"))
	if next == nil {
		s.t.Fatalf("%s: no next page in %q", page.name, page.header.Get("Link"))
	}
	s.do("GET", next[1], "").want(200)
}

func (s *service) edits(n *storage.Noun, own string) {
	s.t.Helper()
	read := s.do("GET", own, "").want(200)
	s.do("PUT", own, string(read.body)).want(200) // what was read may be sent back
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

// repeats sends a creation again under its key.
func (s *service) repeats(n *storage.Noun, path string) {
	s.t.Helper()
	body := least(s.t, n, "Once", 3, nil)
	s.do("POST", path, body, "Idempotency-Key", "k").want(201)
	if again := s.do("POST", path, body, "Idempotency-Key", "k").want(201); again.header.Get("Idempotency-Replayed") != "true" {
		s.t.Errorf("%s: replayed without saying so", again.name)
	}
	s.do("POST", path, least(s.t, n, "Twice", 4, nil), "Idempotency-Key", "k").want(422)
	s.do("POST", path, body, "Idempotency-Key", "a b").wrong(400)
}

// aliases goes the singular way.
func (s *service) aliases(n *storage.Noun, parents []string) {
	s.t.Helper()
	singular := api.Base + "/" + n.Name
	a := s.do("POST", singular, least(s.t, n, "Alias", 5, parents)).want(201)
	own := singular + "/" + fmt.Sprint(a.member(n.Name)["id"])
	s.do("OPTIONS", singular, "", "Authorization", "").want(204)
	s.do("OPTIONS", own, "", "Authorization", "").want(204)
	s.do("GET", singular, "").wrong(405)
	s.do("GET", own, "").wrong(405)
	s.do("PUT", own, s.sample(n, "Update"), "Prefer", "return=representation").want(200)
	s.do("DELETE", own, "", "Prefer", "return=minimal").want(204)
	s.do("DELETE", own, "").want(404)
	s.do("PUT", own, s.sample(n, "Update")).want(404)
}

// follow reads the log of what was done; its objects have the form of their
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

// What has children or is referred to is only deleted with them, or not at all.
func TestDeletionsAreAsDocumented(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: store(t)})
	path, parents := s.collection(storage.Episode)
	s.do("POST", path, s.sample(storage.Episode, "Create")).want(http.StatusCreated)
	serie := "/2.0/series/" + parents[0]
	season := serie + "/seasons/" + parents[1]
	s.do("DELETE", serie, "").want(409)
	s.do("DELETE", season, "").want(409)
	s.do("DELETE", season+"?cascade=maybe", "").wrong(400)
	s.do("DELETE", "/2.0/genres/film-noir", "").want(409)
	s.do("DELETE", "/2.0/persons/1", "").want(409)
	s.do("DELETE", season+"?cascade=true", "").want(204)
	s.do("DELETE", "/2.0/serie/"+parents[0]+"?cascade=true", "").want(204)
	s.do("DELETE", "/2.0/genres/film-noir", "").want(204)
}

// A part names its parents by the path, by the body, or by both alike.
func TestParentsAreAsDocumented(t *testing.T) {
	t.Parallel()
	s := serve(t, api.Config{Catalogue: store(t)})
	s.do("POST", "/2.0/series", s.sample(storage.Serie, "Create")).want(201)
	s.do("POST", "/2.0/series", `{"serie":{"title":"Another"}}`).want(201)
	s.do("POST", "/2.0/season", `{"season":{"number":1}}`).want(400)
	s.do("POST", "/2.0/season", `{"season":{"number":1,"serie_id":"999"}}`).want(400)
	s.do("POST", "/2.0/season", `{"season":{"number":1,"serie_id":"x"}}`).wrong(400)
	s.do("POST", "/2.0/series/999/seasons", `{"season":{"number":1}}`).want(404)
	s.do("POST", "/2.0/series/1/seasons", `{"season":{"number":1,"serie_id":"2"}}`).want(400)
	s.do("POST", "/2.0/series/1/seasons", `{"season":{"number":1,"serie_id":"1"}}`).want(201)
	s.do("GET", "/2.0/series/2/seasons/1", "").want(404)
	s.do("GET", "/2.0/series/999/seasons", "").want(404)
	s.do("GET", "/2.0/series/01/seasons", "").wrong(404)
	s.do("PUT", "/2.0/season/1", `{"season":{"serie_id":"2"}}`).want(400)
	s.do("PUT", "/2.0/seasons/1", `{"season":{"number":2}}`).wrong(405)
}

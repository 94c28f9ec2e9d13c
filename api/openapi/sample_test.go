package openapi_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"marquee/api/route"
	"marquee/storage"
)

// decode reads JSON into the types that the validator expects.
func decode(t testing.TB, data []byte) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		t.Fatalf("%v: %s", err, data)
	}
	return v
}

// encode writes JSON.
func encode(t testing.TB, v any) string {
	t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func title(n *storage.Noun) string { return strings.ToUpper(n.Name[:1]) + n.Name[1:] }

// sample returns the example of a request body. form is Create or Update.
func (s *service) sample(n *storage.Noun, form string) string {
	s.t.Helper()
	ref := s.doc.Components.RequestBodies[title(n)+form+"Request"]
	return encode(s.t, ref.Value.Content["application/json"].Example)
}

// least returns the smallest body that creates an object. text and number make objects
// different. parents are the ids of the parents, if the body must have them.
func least(t testing.TB, n *storage.Noun, text string, number int, parents []string) string {
	t.Helper()
	fields := map[string]any{}
	for _, f := range n.Fields {
		if f.Required && f.Type.Kind == storage.Text {
			fields[f.Name] = text
		} else if f.Required && f.Type.Kind == storage.List {
			fields[f.Name] = []string{text, text + " too"}
		} else if f.Required {
			fields[f.Name] = number
		}
	}
	for i, id := range parents {
		fields[n.Parents[i].IDName()] = id
	}
	return encode(t, map[string]any{n.Name: fields})
}

// collection creates the parents of a noun. It returns the path of the noun's list in
// these parents, and their ids.
func (s *service) collection(n *storage.Noun) (path string, parents []string) {
	s.t.Helper()
	path = route.Base
	for _, p := range n.Parents {
		a := s.do("POST", path+"/"+p.Plural, s.sample(p, "Create")).want(201)
		id, _ := a.member(p.Name)["id"].(string)
		path += "/" + p.Plural + "/" + id
		parents = append(parents, id)
	}
	return path + "/" + n.Plural, parents
}

// referred creates the objects that the example of a noun refers to by id. Others are
// created by their names.
func (s *service) referred(n *storage.Noun) {
	s.t.Helper()
	example, _ := decode(s.t, []byte(s.sample(n, "Create"))).(map[string]any)[n.Name].(map[string]any)
	for _, f := range n.References() {
		target := storage.NounByName(f.Type.Of.Reference)
		for _, id := range example[f.Name].([]any) {
			for number := 1; !target.Named && s.do("GET", route.Base+"/"+target.Plural+"/"+fmt.Sprint(id), "").status == 404; number++ {
				s.do("POST", route.Base+"/"+target.Plural, least(s.t, target, "Referred to", number, nil)).want(201)
			}
		}
	}
}

// target returns the path of an operation with the example ids.
func target(path string, item *openapi3.PathItem) string {
	for _, p := range item.Parameters {
		id, _ := p.Value.Example.(string)
		path = strings.ReplaceAll(path, "{"+p.Value.Name+"}", id)
	}
	if path == "/2.0/suggest" {
		path += "?q=heat"
	}
	return path
}

// body returns the example of an operation's body, "" without one.
func body(t testing.TB, o *openapi3.Operation) string {
	t.Helper()
	if o.RequestBody == nil {
		return ""
	}
	for media, content := range o.RequestBody.Value.Content {
		if text, lines := content.Example.(string); lines && media == bulkMedia {
			return text
		}
		return encode(t, content.Example)
	}
	return ""
}

// bulkMedia is the media type of the only body that is not JSON.
const bulkMedia = "application/x-ndjson"

// typed returns the header pairs that a request of the operation needs for its body.
func typed(o *openapi3.Operation, pairs ...string) []string {
	if o.RequestBody != nil && o.RequestBody.Value.Content[bulkMedia] != nil {
		pairs = append(pairs, "Content-Type", bulkMedia)
	}
	return pairs
}

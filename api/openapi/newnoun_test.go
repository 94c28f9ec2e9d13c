package openapi_test

import (
	"regexp"
	"slices"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"marquee/api/openapi"
	"marquee/api/openapi/document"
	"marquee/storage"
)

// award is a noun with types that the others do not have: a map of records with free
// keys, an enumeration that becomes a component, and references to films.
func award() *storage.Noun {
	words := []string{"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"}
	text := &storage.Type{Kind: storage.Text, Min: 1, Max: 50}
	key := &storage.Type{Kind: storage.Text, Allowed: "a year", Pattern: regexp.MustCompile(`^[0-9]{3,4}$`)}
	winner := &storage.Type{Kind: storage.Record, Members: []storage.Field{
		{Name: "who", Type: text, Required: true}, {Name: "class", Type: &storage.Type{Kind: storage.Text, Enum: words}},
	}}
	films := &storage.Type{Kind: storage.List, Max: 9, Of: &storage.Type{Kind: storage.Text, Reference: "movie"}}
	return &storage.Noun{
		Name: "award", Plural: "awards", Label: "name", Doc: "A prize.",
		Fields: []storage.Field{
			{Name: "id", Type: &storage.Type{Kind: storage.Text}, Source: storage.Identity, Doc: "identity"},
			{Name: "name", Type: text, Required: true, Doc: "name"},
			{Name: "classes", Type: &storage.Type{Kind: storage.List, Max: 5, Of: &storage.Type{Kind: storage.Text, Enum: words}}},
			{Name: "winners", Type: &storage.Type{Kind: storage.Map, Max: 5, Key: key, Of: winner}},
			{Name: "films", Type: films},
			{Name: "modified", Type: &storage.Type{Kind: storage.Timestamp}, Source: storage.Clock},
		},
		Filters: []storage.Filter{{Name: "films", Kind: storage.AnyOf, Fields: []string{"films"}, Target: "movie", Doc: "any of these films"}},
		Sorts:   []storage.Sort{{Name: "name", Kind: storage.Text}},
	}
}

// A noun that is added to storage.Nouns is in the document.
func TestNewNoun(t *testing.T) { // not parallel: it changes the nouns
	before := storage.Nouns
	defer func() { storage.Nouns = before }()
	storage.Nouns = append(slices.Clone(before), award())
	data, err := document.Build(openapi.Version)
	if err != nil {
		t.Fatal(err)
	}
	loader := openapi3.NewLoader()
	doc, err := loader.LoadFromData(data)
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(loader.Context); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"/2.0/award", "/2.0/award/{award_id}", "/2.0/awards", "/2.0/awards/{award_id}"} {
		if doc.Paths.Value(path) == nil {
			t.Errorf("the document has no path %s", path)
		}
	}
	create := doc.Components.Schemas["AwardCreate"].Value
	good := map[string]any{"name": "P", "classes": []any{"k"}, "films": []any{"7", "8"},
		"winners": map[string]any{"1999": map[string]any{"who": "W", "class": nil}}}
	if err := create.VisitJSON(good); err != nil {
		t.Error(err)
	}
	for _, bad := range []map[string]any{
		{}, {"name": "P", "classes": []any{"z"}}, {"name": "P", "winners": map[string]any{"1999": map[string]any{"class": "a"}}},
		{"name": "P", "films": []any{"x"}}, {"name": "P", "films": []any{map[string]any{"name": "Heat"}}}, {"name": "P", "modified": "2014-12-31T23-59-00"},
	} {
		if create.VisitJSON(bad) == nil {
			t.Errorf("%v: got valid, want invalid", bad)
		}
	}
}

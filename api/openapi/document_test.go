package openapi_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"marquee/api/oauth1/flow"
	"marquee/api/openapi"
	"marquee/api/route"
	"marquee/storage"
)

func TestDocumentHasRoutes(t *testing.T) {
	t.Parallel()
	want := map[string]bool{}
	for _, r := range route.Table() {
		for _, method := range r.Methods() {
			want[method+" "+r.Template] = true
		}
	}
	for _, step := range []string{"POST " + flow.RequestTokenPath, "GET " + flow.AuthorizePath, "POST " + flow.AuthorizePath, "POST " + flow.AccessTokenPath} {
		want[step] = true
	}
	got := map[string]bool{}
	for path, item := range load(t).Paths.Map() {
		for method := range item.Operations() {
			got[method+" "+path] = true
		}
	}
	if !maps.Equal(got, want) {
		t.Errorf("got the operations\n%v\nwant those of the routes\n%v", slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
	}
}

// operations returns the operations of the document by method and path.
func operations(doc *openapi3.T) map[string]*openapi3.Operation {
	out := map[string]*openapi3.Operation{}
	for path, item := range doc.Paths.Map() {
		for method, o := range item.Operations() {
			out[method+" "+path] = o
		}
	}
	return out
}

func TestOperationIDsAreUnique(t *testing.T) {
	t.Parallel()
	doc := load(t)
	at := map[string]string{}
	for where, o := range operations(doc) {
		if o.OperationID == "" || at[o.OperationID] != "" {
			t.Errorf("%s and %s: got the same id %q", where, at[o.OperationID], o.OperationID)
		}
		at[o.OperationID] = where
		if len(o.Tags) != 1 || doc.Tags.Get(o.Tags[0]) == nil {
			t.Errorf("%s: got the tags %v, want one of the document", where, o.Tags)
		}
	}
	for _, id := range []string{"listMovies", "getMovie", "createMovie", "updateMovie", "deleteMovie", "createMovieSingular",
		"updateGenreSingular", "deletePersonSingular", "listSerieSeasons", "createSeason", "getSeasonEpisode", "getEpisode", "listChanges"} {
		if at[id] == "" {
			t.Errorf("no operation has the id %s", id)
		}
	}
	for where, o := range operations(doc) {
		alias, ok := o.Extensions["x-alias-of"].(string)
		if strings.HasSuffix(o.OperationID, "Singular") && !strings.HasPrefix(o.OperationID, "options") && (!ok || at[alias] == "") {
			t.Errorf("%s: got x-alias-of %q, want the id of an operation", where, alias)
		}
	}
}

// All components are used, except for the reply to an unknown method, which belongs to
// no operation.
func TestComponentsAreUsed(t *testing.T) {
	t.Parallel()
	text, doc := string(openapi.Document()), load(t)
	var names []string
	for name := range doc.Components.Schemas {
		names = append(names, "schemas/"+name)
	}
	for name := range doc.Components.Parameters {
		names = append(names, "parameters/"+name)
	}
	for name := range doc.Components.Headers {
		names = append(names, "headers/"+name)
	}
	for name := range doc.Components.Responses {
		names = append(names, "responses/"+name)
	}
	for _, name := range names {
		if name != "responses/MethodNotAllowed" && !strings.Contains(text, `"#/components/`+name+`"`) {
			t.Errorf("component %s: got no reference to it", name)
		}
	}
}

func TestSchemasHaveAllFields(t *testing.T) {
	t.Parallel()
	doc := load(t)
	for _, n := range storage.Nouns {
		name := strings.ToUpper(n.Name[:1]) + n.Name[1:]
		properties := func(component string) []string {
			ref := doc.Components.Schemas[component]
			if ref == nil {
				t.Fatalf("the document has no schema %s", component)
			}
			return slices.Sorted(maps.Keys(ref.Value.Properties))
		}
		fields := slices.Sorted(slices.Values(n.FieldNames()))
		var writable, required []string
		for _, f := range n.Fields {
			if f.Source == storage.Client || f.Source == storage.Parent || f.Source == storage.Identity && n.Slug {
				writable = append(writable, f.Name)
			}
			if f.Required {
				required = append(required, f.Name)
			}
		}
		slices.Sort(writable)
		for component, want := range map[string][]string{name: fields, name + "Update": fields, name + "Create": writable} {
			if got := properties(component); !slices.Equal(got, want) {
				t.Errorf("%s: got the fields %v, want %v", component, got, want)
			}
		}
		if got := doc.Components.Schemas[name+"Create"].Value.Required; !slices.Equal(got, required) {
			t.Errorf("%sCreate: got required %v, want %v", name, got, required)
		}
		checkList(t, doc.Paths.Value(route.Base+"/"+n.Plural).Get, n)
	}
}

// checkList compares the parameters of a list with the noun.
func checkList(t *testing.T, o *openapi3.Operation, n *storage.Noun) {
	t.Helper()
	want := []string{"offset", "limit", "sort", "ids", "fields", "cursor"}
	for _, f := range n.Filters {
		if f.Kind != storage.Within {
			want = append(want, f.Name)
		}
	}
	if len(n.Searched) > 0 {
		want = append(want, "q", "q_type")
	}
	if len(n.Facets()) > 0 {
		want = append(want, "facets", "facet_limit")
	}
	for _, name := range want {
		if p := o.Parameters.GetByInAndName("query", name); p == nil || p.Description == "" {
			t.Errorf("%s: the parameter %s or its description is missing", o.OperationID, name)
		}
	}
	var sorts []any
	for _, s := range n.Sorts {
		sorts = append(sorts, s.Name, "-"+s.Name)
	}
	if len(n.Searched) > 0 {
		sorts = append(sorts, storage.Relevance.Name)
	}
	schema := o.Parameters.GetByInAndName("query", "sort").Schema.Value
	if !slices.Equal(schema.Enum, sorts) || schema.Default != n.Sorts[0].Name {
		t.Errorf("%s: got the sorts %v, default %v; want %v", o.OperationID, schema.Enum, schema.Default, sorts)
	}
}

// The document has all statuses of the contract, each with an example.
func TestDocumentHasAllStatuses(t *testing.T) {
	t.Parallel()
	doc := load(t)
	statuses := map[string]bool{"405": true}
	for where, o := range operations(doc) {
		for status, ref := range o.Responses.Map() {
			statuses[status] = true
			for media, m := range ref.Value.Content {
				if m.Example == nil && len(m.Examples) == 0 {
					t.Errorf("%s: %s %s: got no example, want one", where, status, media)
				}
			}
		}
		if method, _, _ := strings.Cut(where, " "); method != http.MethodOptions && o.Responses.Status(http.StatusInternalServerError) == nil {
			t.Errorf("%s: got no reply 500, want one", where)
		}
	}
	for _, want := range strings.Fields("200 201 204 304 400 401 403 404 405 409 412 413 414 415 422 428 429 500 503 507") {
		if !statuses[want] {
			t.Errorf("got no operation with the reply %s, want one", want)
		}
	}
}

func TestIDPatternsMatchNouns(t *testing.T) {
	t.Parallel()
	ids := []string{"1", "0", "07", "123456789012345678", "1234567890123456789", "action", "sci-fi", "-a", "a-", "a--b", "A", "",
		strings.Repeat("a", 64), strings.Repeat("a", 65), "1 ", "é"}
	for _, r := range route.Table() {
		if len(r.Variables) != 1 || r.Kind != route.Object {
			continue
		}
		n := r.Variables[0]
		schema := load(t).Paths.Value(r.Template).Parameters.GetByInAndName("path", n.IDName()).Schema.Value
		for _, id := range ids {
			if got := schema.VisitJSON(id) == nil; got != n.ValidID(id) {
				t.Errorf("%s %q: got valid %t in the document, want %t", n.Name, id, got, n.ValidID(id))
			}
		}
	}
}

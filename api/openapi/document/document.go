// Package document builds the OpenAPI 3.0.3 document from the nouns of package
// storage and the routes of package api.
package document

import (
	"github.com/go-json-experiment/json"

	"marquee/api"
	"marquee/api/openapi/model"
	"marquee/api/openapi/operation"
	"marquee/api/openapi/reply"
	"marquee/api/openapi/schema"
)

// about is the description of the whole, in Markdown.
const about = `A movie catalogue: films, genres, persons, series with their seasons and episodes.

**Envelope.** Every reply is an object with ` + "`meta`" + `; a single object stands under its noun, a list under its plural. Bodies of POST and PUT have the same form.

**Reading** is public. ` + "`HEAD`" + ` works wherever ` + "`GET`" + ` does. **Writing** takes a bearer token of an editor, or a request that is signed for one (OAuth 1.0a). PUT is a JSON merge patch: it changes the fields that are named, null clears one, lists are replaced, maps merge by key.

**Errors** are ` + "`application/problem+json`" + ` (RFC 9457) and tell every fault at once. An unknown path is 404. A method that a path does not take is 405 with ` + "`Allow`" + `, in the form of the component response MethodNotAllowed. Query strings are read strictly: unknown, repeated and empty parameters are refused.

**Ranges** are ` + "`A`, `A..B`, `A..` or `..B`" + `, both ends included. **Datetimes** have the form ` + "`yyyy-mm-ddThh-mm[-ss]`" + ` and are UTC; without seconds one stands for its whole minute.

**Ids** are strings. One of a form that no id has is 404 in a path and 400 in a parameter.`

// The document is written in these.
type (
	object = model.Object
	list   = model.List
)

// builder gathers the components while the paths are described.
type builder struct {
	schemas            *schema.Set
	replies            *reply.Builder
	parameters, bodies *model.Registry
}

// Build returns the document of the nouns and routes as they are now, as compact
// JSON.
func Build(version string) ([]byte, error) {
	schemas := schema.NewSet()
	b := &builder{
		schemas: schemas, replies: reply.New(schemas),
		parameters: model.NewRegistry("parameters"), bodies: model.NewRegistry("requestBodies"),
	}
	paths := append(b.paths(api.Routes()), b.stepPaths()...)
	var tags list
	for _, t := range operation.Tags() {
		tags = append(tags, object{{"name", t.Name}, {"description", t.Description}})
	}
	return json.Marshal(object{
		{"openapi", "3.0.3"},
		{"info", object{{"title", "Marquee"}, {"version", version}, {"description", about}}},
		{"servers", list{object{{"url", "/"}}}},
		{"tags", tags},
		{"paths", paths},
		{"components", object{
			{"schemas", b.schemas.Sorted()},
			{"parameters", b.parameters.Sorted()},
			{"headers", b.replies.Headers.Sorted()},
			{"requestBodies", b.bodies.Sorted()},
			{"responses", b.replies.Responses.Sorted()},
			{"securitySchemes", securitySchemes()},
		}},
	})
}

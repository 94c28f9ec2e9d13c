// Package document builds the OpenAPI 3.0.3 document from the nouns of package
// storage and the routes of package api.
package document

import (
	"github.com/go-json-experiment/json"

	"marquee/api/openapi/model"
	"marquee/api/openapi/operation"
	"marquee/api/openapi/reply"
	"marquee/api/openapi/schema"
	"marquee/api/route"
)

// about is the description of the API, in Markdown.
const about = `A movie catalogue: films, genres, persons, series with their seasons and episodes.

**Envelope.** Every reply is an object with ` + "`meta`" + `. A single object has the name of its noun, a list has the plural. Bodies of POST and PUT have the same form.

**Reading** is public. ` + "`HEAD`" + ` is possible wherever ` + "`GET`" + ` is. **Writing** needs a bearer token of an editor, or a request signed for an editor (OAuth 1.0a). PUT is a JSON merge patch: it changes only the fields that it names. null clears a field, lists are replaced, maps are merged by key.

**Errors** are ` + "`application/problem+json`" + ` (RFC 9457) and list all faults of a request. An unknown path is 404. An unknown method is 405 with ` + "`Allow`" + `: see the response component MethodNotAllowed. Unknown, repeated and empty query parameters are refused.

**Ranges** are ` + "`A`, `A..B`, `A..` or `..B`" + `, both ends included. **Times** have the form ` + "`yyyy-mm-ddThh-mm[-ss]`" + `, in UTC. A time without seconds stands for the whole minute.

**Ids** are strings. A malformed id is 404 in a path and 400 in a parameter.`

// The two kinds of JSON value that the document is built of.
type (
	object = model.Object
	list   = model.List
)

// builder collects the components while it describes the paths.
type builder struct {
	schemas            *schema.Set
	replies            *reply.Builder
	parameters, bodies *model.Registry
}

// Build returns the document as compact JSON. It describes the current nouns and
// routes.
func Build(version string) ([]byte, error) {
	schemas := schema.NewSet()
	b := &builder{
		schemas: schemas, replies: reply.New(schemas),
		parameters: model.NewRegistry("parameters"), bodies: model.NewRegistry("requestBodies"),
	}
	paths := append(b.paths(route.Table()), b.stepPaths()...)
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

// Package openapi describes the API to programs and people: the OpenAPI 3.0.3
// document, generated from the nouns of package storage and the routes of
// package api, and a page that shows it without asking any other host.
//
// The document is golden: see version.go for what a change of it takes.
package openapi

import (
	"fmt"
	"sync"

	"github.com/go-json-experiment/json"

	"marquee/api"
	"marquee/storage"
)

// Document returns the OpenAPI document as compact JSON. It is the same bytes
// in every process of one release; callers must not change them.
func Document() []byte { return document() }

var document = sync.OnceValue(func() []byte {
	data, err := json.Marshal(build())
	if err != nil {
		panic(fmt.Sprintf("openapi: encode the document: %v", err)) // texts and numbers always encode
	}
	return data
})

// about is the description of the whole, in Markdown.
const about = `A movie catalogue: films, genres, persons, series with their seasons and episodes.

**Envelope.** Every reply is an object with ` + "`meta`" + `; a single object stands under its noun, a list under its plural. Bodies of POST and PUT have the same form.

**Reading** is public. ` + "`HEAD`" + ` works wherever ` + "`GET`" + ` does. **Writing** takes a bearer token of an editor, or a request that is signed for one (OAuth 1.0a). PUT is a JSON merge patch: it changes the fields that are named, null clears one, lists are replaced, maps merge by key.

**Errors** are ` + "`application/problem+json`" + ` (RFC 9457) and tell every fault at once. An unknown path is 404. A method that a path does not take is 405 with ` + "`Allow`" + `, in the form of the component response MethodNotAllowed. Query strings are read strictly: unknown, repeated and empty parameters are refused.

**Ranges** are ` + "`A`, `A..B`, `A..` or `..B`" + `, both ends included. **Datetimes** have the form ` + "`yyyy-mm-ddThh-mm[-ss]`" + ` and are UTC; without seconds one stands for its whole minute.

**Ids** are strings. One of a form that no id has is 404 in a path and 400 in a parameter.`

// builder gathers the components while the paths are described.
type builder struct {
	schemas, parameters, headers, bodies, responses registry
}

func build() object {
	b := &builder{
		schemas:    registry{kind: "schemas"},
		parameters: registry{kind: "parameters"},
		headers:    registry{kind: "headers"},
		bodies:     registry{kind: "requestBodies"},
		responses:  registry{kind: "responses"},
	}
	b.problems()
	paths := append(b.paths(api.Routes()), b.stepPaths()...)
	return object{
		{"openapi", "3.0.3"},
		{"info", object{{"title", "Marquee"}, {"version", Version}, {"description", about}}},
		{"servers", list{object{{"url", "/"}}}},
		{"tags", tags()},
		{"paths", paths},
		{"components", object{
			{"schemas", b.schemas.sorted()},
			{"parameters", b.parameters.sorted()},
			{"headers", b.headers.sorted()},
			{"requestBodies", b.bodies.sorted()},
			{"responses", b.responses.sorted()},
			{"securitySchemes", securitySchemes()},
		}},
	}
}

// The tags of operations that belong to no noun.
const (
	changesTag = "changes"
	healthTag  = "health"
	grantsTag  = "apps and tokens"
	// methodsTag keeps what follows from the other operations out of their way.
	methodsTag = "head and options"
)

func tags() list {
	var out list
	for _, n := range storage.Nouns {
		out = append(out, object{{"name", n.Plural}, {"description", n.Doc}})
	}
	for _, t := range [][2]string{
		{changesTag, "The log of what was written, for consumers that follow the catalogue."},
		{grantsTag, "Who may write, and with what. Admins manage it, and users end their own tokens; secrets are shown when they are made, and never again."},
		{oauthTag, "The three steps after which an app acts for a user (OAuth 1.0a, RFC 5849, section 2)."},
		{healthTag, "Whether the server runs and can answer."},
		{methodsTag, "HEAD, which is GET without the body, and OPTIONS, which tells the methods of a path."},
	} {
		out = append(out, object{{"name", t[0]}, {"description", t[1]}})
	}
	return out
}

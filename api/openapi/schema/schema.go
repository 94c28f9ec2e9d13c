// Package schema describes the values of nouns and their types as schemas, with
// examples.
package schema

import "marquee/api/openapi/model"

// The document is written in these.
type (
	object = model.Object
	list   = model.List
)

// Set gathers the schemas of a document.
type Set struct{ *model.Registry }

// NewSet returns an empty set.
func NewSet() *Set { return &Set{model.NewRegistry("schemas")} }

// Package schema makes the schemas of nouns and of the types of their fields, and
// examples of their values.
package schema

import "marquee/api/openapi/model"

// The two kinds of JSON value that schemas are built of.
type (
	object = model.Object
	list   = model.List
)

// Set holds the schemas of a document. Its methods add a schema and return a
// reference to it, or the schema itself where it needs no name.
type Set struct{ *model.Registry }

// NewSet returns an empty set.
func NewSet() *Set { return &Set{model.NewRegistry("schemas")} }

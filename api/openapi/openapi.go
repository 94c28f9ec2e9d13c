// Package openapi describes the API to programs and people: it serves the OpenAPI
// document, and a page that shows it without asking any other host.
//
// The document is golden: see version.go for what a change of it takes.
package openapi

import (
	"fmt"
	"sync"

	"marquee/api/openapi/document"
)

// Document returns the OpenAPI document as compact JSON. It is the same bytes
// in every process of one release; callers must not change them.
func Document() []byte { return built() }

var built = sync.OnceValue(func() []byte {
	data, err := document.Build(Version)
	if err != nil {
		panic(fmt.Sprintf("openapi: encode the document: %v", err)) // texts and numbers always encode
	}
	return data
})

// Package openapi serves the OpenAPI document, and a page that shows it to people
// without any other host.
//
// The document is golden: version.go says how to change it.
package openapi

import (
	"fmt"
	"sync"

	"marquee/api/openapi/document"
)

// Document returns the OpenAPI document as compact JSON. All processes of a release
// return the same bytes. Callers must not change them.
func Document() []byte { return built() }

var built = sync.OnceValue(func() []byte {
	data, err := document.Build(Version)
	if err != nil {
		panic(fmt.Sprintf("openapi: encode the document: %v", err)) // cannot happen: texts and numbers always encode
	}
	return data
})

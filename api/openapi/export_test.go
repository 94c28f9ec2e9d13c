package openapi

import "github.com/go-json-experiment/json"

// Note is the note of the current version.
const Note = note

// Build makes the document anew, from the nouns as they are now.
func Build() ([]byte, error) { return json.Marshal(build()) }

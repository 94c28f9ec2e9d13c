package query

import (
	"bytes"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Object is a JSON object in a request.
type Object = map[string]any

// Encode writes a part of a request, always in the same way for the same value.
func Encode(v any) jsontext.Value {
	b, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(fmt.Sprintf("elastic: encode a request: %v", err)) // maps of plain values always encode
	}
	return b
}

// Body makes the body of a request.
func Body(v any) io.Reader { return bytes.NewReader(Encode(v)) }

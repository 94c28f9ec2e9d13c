// Package wire encodes the bodies of successful replies. Its structs are the wire
// types; package storage has the types of the domain.
package wire

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"marquee/storage"
)

// options keep documents as the store encoded them, and write null for the slices
// that are nil.
var options = json.JoinOptions(
	json.FormatNilSliceAsNull(true),
	jsontext.PreserveRawStrings(true),
	jsontext.AllowDuplicateNames(true),
	jsontext.AllowInvalidUTF8(true),
)

// marshal encodes the body of a reply about what.
func marshal(what string, v any) ([]byte, error) {
	body, err := json.Marshal(v, options)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", what, err)
	}
	return body, nil
}

// emptyMeta is the meta of replies without one.
type emptyMeta struct{}

// version returns a version, null for 0: no version has that number.
func version(v int64) *int64 {
	if v == 0 {
		return nil
	}
	return &v
}

// text returns a text, null for "".
func text(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// timestamp returns the text of a time, null for nil.
func timestamp(t *time.Time) *string {
	if t == nil {
		return nil
	}
	return text(storage.FormatTime(*t))
}

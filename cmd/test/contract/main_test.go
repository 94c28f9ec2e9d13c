// Package contract_test sends requests that it makes from the OpenAPI document to the whole
// program, and compares the replies with the document.
package contract_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

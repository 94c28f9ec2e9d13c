// Package data_test runs the whole program: imports, exports, restored databases, retention and releases.
package data_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

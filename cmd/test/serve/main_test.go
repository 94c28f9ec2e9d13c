// Package serve_test tests how the whole program starts, is configured, drains and stops.
package serve_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

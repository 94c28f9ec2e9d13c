// Package serve_test runs the whole program: starting, configuring, draining and stopping.
package serve_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

// Package measure_test runs the whole program: benchmarks beside bare peers, soak and precision.
package measure_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

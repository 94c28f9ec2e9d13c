// Package observe_test runs the whole program: metrics, probes, logs and traces.
package observe_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

// Package observe_test tests the metrics, probes, logs and traces of the whole program.
package observe_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

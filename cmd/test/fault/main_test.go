// Package fault_test runs the whole program: kills, freezes and rolling restarts while clients read and write.
package fault_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

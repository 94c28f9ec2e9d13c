// Package fault_test tests the whole program under faults: processes and servers are
// killed, frozen and restarted while clients read and write.
package fault_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

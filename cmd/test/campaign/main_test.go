// Package campaign_test runs campaigns on the whole program: the collections of
// docs/campaigns.md, and benchmarks of what many clients see when a collection starts,
// ends, and changes.
package campaign_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

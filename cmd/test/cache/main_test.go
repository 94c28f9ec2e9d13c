// Package cache_test tests the cache of the whole program: cached responses equal misses,
// and are never older than promised, also during faults.
package cache_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

// Package cache_test runs the whole program: cached answers: equal to misses, never older than they may be, through every fault.
package cache_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

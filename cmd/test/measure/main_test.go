// Package measure_test measures the whole program: benchmarks with bare peers, a soak
// test, and the precision of the cache.
package measure_test

import (
	"os"
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) {
	if index := os.Getenv(plainIndex); index != "" {
		servePlain(os.Getenv(plainURL), index)
	}
	fixture.Main(m)
}

// Package stream_test tests the change log as a stream with the whole program, its readers
// and the documented consumer.
package stream_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

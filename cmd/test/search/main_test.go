// Package search_test runs the whole program: searches, through faults of Elasticsearch and with concurrent writes.
package search_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

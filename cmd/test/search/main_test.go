// Package search_test tests searches of the whole program, during faults of Elasticsearch
// and with concurrent writes.
package search_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

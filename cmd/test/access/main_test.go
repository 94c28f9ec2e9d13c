// Package access_test tests signed requests, tokens, quotas and rate limits of the whole
// program.
package access_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

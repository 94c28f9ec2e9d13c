// Package access_test runs the whole program: signed requests, tokens, quotas and rate limits.
package access_test

import (
	"testing"

	"marquee/cmd/test/fixture"
)

func TestMain(m *testing.M) { fixture.Main(m) }

package suggest_test

import (
	"testing"

	"marquee/deploy/devstack"
)

func TestMain(m *testing.M) { devstack.Main(m) }

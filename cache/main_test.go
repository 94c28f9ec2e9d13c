package cache

import (
	"testing"

	"marquee/deploy/devstack"
)

func TestMain(m *testing.M) {
	encode(zstdCoding, nil) // its first use makes a channel, which must not belong to the bubble of a test
	devstack.Main(m)
}

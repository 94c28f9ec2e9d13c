package cache

import (
	"testing"

	"marquee/cache/encoding"
	"marquee/deploy/devstack"
)

func TestMain(m *testing.M) {
	encoding.Encode(encoding.Zstd, nil) // its first use makes a channel, which must not belong to a bubble of synctest
	devstack.Main(m)
}

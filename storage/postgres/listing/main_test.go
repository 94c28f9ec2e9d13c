package listing_test

import (
	"testing"

	"marquee/deploy/devstack"
	"marquee/storage/postgres/listing"
)

func TestMain(m *testing.M) { devstack.Main(m) }

func init() { listing.Films = devstack.Films }

package pool_test

import (
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

func TestPoolStats(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	err := s.Snapshot(await.Context(t), false, func(*postgres.Snapshot) error {
		if got := s.PoolStats(); got.InUse != 1 || got.Open < 1 || got.Max < got.Open || got.Opened < 1 {
			t.Errorf("%+v", got)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := s.PoolStats(); got.InUse != 0 || got.Waited <= 0 {
		t.Errorf("%+v", got)
	}
}

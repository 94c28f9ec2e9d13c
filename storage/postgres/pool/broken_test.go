package pool_test

import (
	"sync"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres/storetest"
)

// A write that gets a broken idle connection runs on another one.
func TestWritesOutliveBrokenConnections(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s, killer := storetest.Open(t, url, storetest.Key), storetest.Dial(t, url)
	for range 5 {
		var writers sync.WaitGroup
		for range 8 { // each has a connection of its own
			writers.Go(func() { storetest.Create(t, s, storage.Person, `{"name": "Ann"}`) })
		}
		writers.Wait()
		var cut int
		err := killer.QueryRow(await.Context(t), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&cut)
		if err != nil || cut < 2 {
			t.Fatalf("%d connections were cut, %v", cut, err)
		}
		storetest.Create(t, s, storage.Person, `{"name": "Ben"}`)
	}
}

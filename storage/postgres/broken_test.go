package postgres_test

import (
	"sync"
	"testing"

	"marquee/storage"
)

// A write that meets connections which broke while nobody used them is made on
// another one.
func TestWritesOutliveBrokenConnections(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s, killer := openWith(t, url, firstKey), dial(t, url)
	for range 5 {
		var writers sync.WaitGroup
		for range 8 { // each has a connection of its own
			writers.Go(func() { create(t, s, storage.Person, `{"name": "Ann"}`) })
		}
		writers.Wait()
		var cut int
		err := killer.QueryRow(deadline(t), `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
			WHERE datname = current_database() AND pid <> pg_backend_pid()`).Scan(&cut)
		if err != nil || cut < 2 {
			t.Fatalf("%d connections were cut, %v", cut, err)
		}
		create(t, s, storage.Person, `{"name": "Ben"}`)
	}
}

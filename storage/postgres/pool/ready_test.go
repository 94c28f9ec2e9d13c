package pool_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres"
)

// A server is ready while requests use all connections, and is not when it is down.
func TestReady(t *testing.T) {
	t.Parallel()
	server := devstack.StartPostgres(t)
	ctx := await.Context(t)
	if _, err := postgres.Migrate(ctx, server.URL()); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(ctx, server.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	release := occupy(t, s, server.URL())
	ask, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	if err := s.Ready(ask); err != nil {
		t.Errorf("all connections are in use: %v", err)
	}
	release()
	server.Kill()
	if err := s.Ready(ctx); err == nil {
		t.Error("a server that is down is ready")
	}
	server.Restart()
	if err := s.Ready(ctx); err != nil {
		t.Errorf("after the restart: %v", err)
	}
}

// occupy makes requests wait for a lock on every connection of the pool, until
// release is called.
func occupy(t *testing.T, s *postgres.Store, url string) (release func()) {
	t.Helper()
	ctx := await.Context(t)
	holder, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := holder.Exec(ctx, `BEGIN; LOCK TABLE movies`); err != nil {
		t.Fatal(err)
	}
	stats := s.PoolStats()
	done := make(chan struct{}, stats.Max)
	for range stats.Max {
		go func() {
			_, _ = s.Get(ctx, storage.NounByName("movie"), "1", nil) // it does not exist
			done <- struct{}{}
		}()
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for s.PoolStats().InUse < stats.Max {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("only %d connections are in use", s.PoolStats().InUse)
		}
	}
	return func() {
		if err := holder.Close(ctx); err != nil {
			t.Error(err)
		}
		for range stats.Max {
			<-done
		}
	}
}

package tail_test

import (
	"context"
	"testing"
	"time"

	"marquee/deploy/await"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/poll"
	"marquee/storage/postgres"
	"marquee/storage/strictjson"
	"marquee/storage/tail"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// open returns a store over a new, empty database, and its URL.
func open(t testing.TB) (*postgres.Store, string) {
	t.Helper()
	url := devstack.Postgres(t)
	if _, err := postgres.Migrate(await.Context(t), url); err != nil {
		t.Fatal(err)
	}
	s, err := postgres.Open(await.Context(t), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, url
}

// deafen disconnects every listener.
func deafen(t testing.TB, url string) {
	t.Helper()
	conn, err := pgx.Connect(await.Context(t), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(await.Context(t))
	_, err = conn.Exec(await.Context(t), `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'`)
	if err != nil {
		t.Fatal(err)
	}
}

// film creates a film and returns its version.
func film(t testing.TB, s *postgres.Store, title string) int64 {
	t.Helper()
	v, _ := strictjson.Parse([]byte(`{"title":"` + title + `"}`))
	out, err := s.Write(await.Context(t), &edit.Write{Operation: storage.Create, Noun: storage.Movie, Edit: edit.Check(storage.Movie, v.(storage.Members)), Who: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return out.Version
}

// Not parallel: it counts the goroutines of the process.
func TestLogOnPostgres(t *testing.T) {
	s, url := open(t)
	film(t, s, "Written before")
	before := goleak.IgnoreCurrent()
	l := tail.New(tail.Config{Source: s})
	ctx, cancel := context.WithCancel(await.Context(t))
	ended := make(chan struct{})
	go func() { defer close(ended); l.Run(ctx) }()
	for i := range 6 {
		if i == 3 { // a poll finds lost notifications
			deafen(t, url)
		}
		version := film(t, s, "One more")
		if err := l.Wait(ctx, version); err != nil {
			t.Fatal(err)
		}
		found := 0
		if !l.Between(version-1, version, func(c *storage.Change) bool { found++; return c.After.Label() == "One more" }) || found != 1 {
			t.Errorf("version %d has %d changes", version, found)
		}
	}
	if !l.Current() || l.Floor() != 0 || l.Err() != nil {
		t.Errorf("current %v, floor %d, %v", l.Current(), l.Floor(), l.Err())
	}
	cancel()
	<-ended
	goleak.VerifyNone(t, before, goleak.IgnoreTopFunction("github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck"))
}

// A watermark follows the live index by notifications and polls.
func TestWatermark(t *testing.T) {
	t.Parallel()
	s, url := open(t)
	if err := s.CreateCheckpoint(await.Context(t), "a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(await.Context(t), "a"); err != nil {
		t.Fatal(err)
	}
	w := tail.NewIndexed(s, poll.System, nil)
	ctx, cancel := context.WithCancel(await.Context(t))
	ended := make(chan struct{})
	go func() { defer close(ended); w.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	for version := int64(1); version < 6; version++ {
		if version == 3 { // a lost listener must not be noticed
			deafen(t, url)
		}
		waited := make(chan error)
		go func() { waited <- w.Wait(ctx, version) }()
		if _, err := s.SaveCheckpoint(ctx, "a", version); err != nil {
			t.Fatal(err)
		}
		if err := <-waited; err != nil || w.Version() != version {
			t.Fatalf("%v, version %d", err, w.Version())
		}
	}
	short, stop := context.WithTimeout(ctx, time.Millisecond)
	defer stop()
	if err := w.Wait(short, 99); err == nil {
		t.Error("Wait succeeded for a version that does not exist")
	}
}

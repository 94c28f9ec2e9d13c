package postgres_test

import (
	"testing"

	"marquee/storage"
	"marquee/storage/postgres"
)

// Letters about an index that nobody searches are nobody's loss.
func TestBacklog(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := deadline(t)
	want := func(want postgres.Backlog) {
		t.Helper()
		if got, err := s.Backlog(ctx); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	want(postgres.Backlog{})
	for _, index := range []string{"built", "searched"} {
		if err := s.CreateCheckpoint(ctx, index); err != nil {
			t.Fatal(err)
		}
		if err := s.Bury(ctx, []storage.DeadLetter{{Index: index, Noun: storage.Movie, ID: "7", Version: 5, Reason: "no"}}); err != nil {
			t.Fatal(err)
		}
	}
	want(postgres.Backlog{})
	if err := s.Settle(ctx, "searched"); err != nil {
		t.Fatal(err)
	}
	film := create(t, s, storage.Movie, `{"title":"Laura"}`)
	vote(t, s, storage.Movie, film.ID, "ann", storage.Like)
	want(postgres.Backlog{DeadLetters: 1, Unflushed: 1})
	flush(t, s)
	want(postgres.Backlog{DeadLetters: 1})
}

func TestPoolStats(t *testing.T) {
	t.Parallel()
	s := open(t)
	err := s.Snapshot(deadline(t), func(*postgres.Snapshot) error {
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

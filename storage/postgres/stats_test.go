package postgres_test

import (
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// The backlog counts dead letters of live indexes only.
func TestBacklog(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	ctx := await.Context(t)
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
	film := storetest.Create(t, s, storage.Movie, `{"title":"Laura"}`)
	storetest.Vote(t, s, storage.Movie, film.ID, "ann", storage.Like)
	want(postgres.Backlog{DeadLetters: 1, Unflushed: 1})
	storetest.Flush(t, s)
	want(postgres.Backlog{DeadLetters: 1})
}

package changelog_test

import (
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres/storetest"
)

// A dead letter counts its attempts, and is deleted at its version or a later one.
func TestDeadLetters(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	ctx := await.Context(t)
	if err := s.CreateCheckpoint(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	letter := storage.DeadLetter{Index: "a", Noun: storage.Movie, ID: "7", Version: 5, Reason: "no"}
	for range 2 {
		if err := s.Bury(ctx, []storage.DeadLetter{letter}); err != nil {
			t.Fatal(err)
		}
	}
	letter.Version = 4
	if err := s.Exhume(ctx, []storage.DeadLetter{letter}); err != nil {
		t.Fatal(err)
	}
	if l, err := s.DeadLetters(ctx, "a"); err != nil || len(l) != 1 || l[0].Attempts != 2 {
		t.Errorf("%+v, %v", l, err)
	}
	letter.Version = 6
	if err := s.Exhume(ctx, []storage.DeadLetter{letter}); err != nil {
		t.Fatal(err)
	}
	if l, err := s.DeadLetters(ctx, "a"); err != nil || len(l) != 0 {
		t.Errorf("%+v, %v", l, err)
	}
}

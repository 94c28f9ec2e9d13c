package changelog_test

import (
	"context"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres/storetest"
)

// A checkpoint never moves back. Promote fails until the new index has reached the
// live one.
func TestCheckpoints(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	ctx := await.Context(t)
	for range 3 {
		storetest.Create(t, s, storage.Movie, `{"title": "One"}`)
	}
	reach := func(v int64) func(context.Context, int64) (int64, error) {
		return func(context.Context, int64) (int64, error) { return v, nil }
	}
	for _, index := range []string{"a", "b"} {
		if err := s.CreateCheckpoint(ctx, index); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Promote(ctx, "a", reach(3)); err != nil {
		t.Fatal(err)
	}
	storetest.Create(t, s, storage.Movie, `{"title": "Two"}`)
	if live, err := s.SaveCheckpoint(ctx, "a", 4); err != nil || len(live) != 1 || live[0].Version != 4 {
		t.Errorf("%+v, %v", live, err)
	}
	if _, err := s.SaveCheckpoint(ctx, "a", 2); err != nil {
		t.Fatal(err)
	}
	if v, err := s.IndexedVersion(ctx); v != 4 || err != nil {
		t.Errorf("indexed %d, %v", v, err)
	}
	if err := s.Promote(ctx, "b", reach(3)); storage.CodeOf(err) != storage.Unavailable {
		t.Errorf("promoted an index at version 3 over one at 4: %v", err)
	}
	if err := s.Promote(ctx, "b", reach(4)); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(ctx, "b"); err != nil {
		t.Fatal(err)
	}
	c, err := s.Checkpoints(ctx)
	if err != nil || len(c.In(storage.Live)) != 1 || c.Find("a").State != storage.Retired || c.Find("b").Version != 4 || c.Version != 4 {
		t.Errorf("%+v, %v", c, err)
	}
}

package flush_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres/storetest"
)

// An index starts at the end of the flush log, and shows counters up to its stored
// position.
func TestIndexedFlushes(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	ctx := await.Context(t)
	id := storetest.Create(t, s, storage.Movie, `{"title": "A"}`).ID
	count := func() {
		if err := s.AddViews(ctx, storage.Movie, map[string]int64{id: 1}); err != nil {
			t.Fatal(err)
		}
		storetest.Flush(t, s)
	}
	expect := func(what string, since int64, limit, entries int, next int64, complete bool) {
		t.Helper()
		log, err := s.IndexedFlushes(ctx, since, limit)
		if err != nil || len(log.Flushes) != entries || log.Next != next || log.Complete != complete {
			t.Errorf("%s: %+v, %v; want %d entries, next %d, complete %v", what, log, err, entries, next, complete)
		}
	}
	count()
	expect("without an index", -1, 10, 0, 0, true)
	if err := s.CreateCheckpoint(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	if err := s.Settle(ctx, "a"); err != nil {
		t.Fatal(err)
	}
	count()
	count()
	count()
	expect("at the start", -1, 10, 0, 1, true)
	expect("nothing was sent", 1, 10, 0, 1, true)
	expect("another index took over", 2, 10, 0, 1, false)
	if err := s.SaveFlushed(ctx, "a", 3); err != nil {
		t.Fatal(err)
	}
	expect("some were sent", 1, 10, 2, 3, true)
	expect("one at a time", 1, 1, 1, 2, true)
	storetest.Exec(t, url, `UPDATE counted SET at = at - interval '1 hour'`)
	count()
	expect("pruned", 1, 10, 0, 3, false)
	if c, err := s.Checkpoints(ctx); err != nil || c.Find("a").Flushed != 3 {
		t.Errorf("%+v, %v", c, err)
	}
}

// The flush log has the touched objects in order. A part that was pruned is reported.
func TestFlushes(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	var ids []string
	for range 3 {
		id := storetest.Create(t, s, storage.Movie, `{"title": "A"}`).ID
		storetest.Vote(t, s, storage.Movie, id, "ann", storage.Like)
		storetest.Flush(t, s)
		ids = append(ids, id)
	}
	read := func(since int64, limit int) *storage.Flushes {
		t.Helper()
		out, err := s.Flushes(await.Context(t), since, limit)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	entry := func(id string) storage.Flush { return storage.Flush{Noun: storage.Movie, IDs: []string{id}} }
	same := cmp.Comparer(func(a, b *storage.Noun) bool { return a == b })
	for _, c := range []struct {
		since int64
		limit int
		want  storage.Flushes
	}{
		{0, 10, storage.Flushes{Flushes: []storage.Flush{entry(ids[0]), entry(ids[1]), entry(ids[2])}, Next: 3, Complete: true}},
		{1, 1, storage.Flushes{Flushes: []storage.Flush{entry(ids[1])}, Next: 2, Complete: true}},
		{3, 10, storage.Flushes{Flushes: []storage.Flush{}, Next: 3, Complete: true}},
		{-1, 10, storage.Flushes{Flushes: []storage.Flush{}, Next: 3, Complete: true}},
		{9, 10, storage.Flushes{Flushes: []storage.Flush{}, Next: 3}}, // of another database
	} {
		if diff := cmp.Diff(&c.want, read(c.since, c.limit), same); diff != "" {
			t.Errorf("since %d: %s", c.since, diff)
		}
	}
	storetest.Exec(t, url, `UPDATE counted SET at = at - interval '1 hour' WHERE seq < 3`)
	storetest.Vote(t, s, storage.Movie, ids[0], "ben", storage.Like)
	storetest.Flush(t, s)
	if log := read(1, 10); log.Complete || log.Next != 4 || len(log.Flushes) != 0 {
		t.Errorf("before the pruned part: %+v", log)
	}
	if log := read(2, 10); !log.Complete || len(log.Flushes) != 2 {
		t.Errorf("after the pruned part: %+v", log)
	}
}

package postgres_test

import (
	"testing"

	"marquee/storage"
)

// An index begins at the end of the log of votes and views, and shows them as far
// as its place, which outlives whoever keeps the index.
func TestIndexedFlushes(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	ctx := deadline(t)
	id := create(t, s, storage.Movie, `{"title": "A"}`).ID
	count := func() {
		if err := s.AddViews(ctx, storage.Movie, map[string]int64{id: 1}); err != nil {
			t.Fatal(err)
		}
		flush(t, s)
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
	exec(t, url, `UPDATE counted SET at = at - interval '1 hour'`)
	count()
	expect("no longer kept", 1, 10, 0, 3, false)
	if c, err := s.Checkpoints(ctx); err != nil || c.Find("a").Flushed != 3 {
		t.Errorf("%+v, %v", c, err)
	}
}

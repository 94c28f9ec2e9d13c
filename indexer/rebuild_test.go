package indexer_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/indexer"
	"marquee/indexer/rebuild"
	"marquee/indexer/verify"
	"marquee/storage"
	"marquee/storage/poll"
	"marquee/storage/postgres"
	"marquee/storage/tail"
)

// writer writes movies at a rate until it is stopped, and counts them. After each write
// it waits for the indexed version and reads the movie, as a client with Min-Version
// does.
func writer(t *testing.T, s *postgres.Store, f *fakeIndex, perSecond int) (written *atomic.Int64, stop func()) {
	w := tail.NewIndexed(s, nil, nil)
	ctx, cancel := context.WithCancel(await.Context(t))
	var loops sync.WaitGroup
	loops.Go(func() { w.Run(ctx) })
	written = new(atomic.Int64)
	loops.Go(func() {
		tick := time.NewTicker(time.Second / time.Duration(perSecond))
		defer tick.Stop()
		for ; ctx.Err() == nil; written.Add(1) {
			out := must(t, s, storage.Create, storage.Movie, "", fmt.Sprintf(`{"title": "Live %d", "starring": [{"name": "Ann"}]}`, written.Load()))
			loops.Go(func() {
				if w.Wait(ctx, out.Version) == nil && f.seen()["movie "+out.Object.ID] == "" {
					t.Errorf("the index claims version %d and lacks movie %s", out.Version, out.Object.ID)
				}
			})
			select {
			case <-ctx.Done():
			case <-tick.C:
			}
		}
	})
	return written, func() { cancel(); loops.Wait() }
}

func aliasOf(t testing.TB, f *fakeIndex) string {
	t.Helper()
	a, err := f.Alias(await.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// Rebuild and Rollback lose no write that happens meanwhile, and no search goes back in
// time.
func TestRebuildUnderWrites(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 500)
	x := start(t, indexer.Config{Store: s, Index: f, BatchItems: 50})
	x.caughtUp(s)
	written, stop := writer(t, s, f, 200)
	tool := prepare(t, indexer.Config{Store: s, Index: f, BatchItems: 50}) // like the command, which is another process
	first := aliasOf(t, f)
	for i := 0; i < 4 || i < 40 && written.Load() < 20; i++ {
		if err := tool.Rebuild(await.Context(t)); err != nil {
			t.Fatal(err)
		}
	}
	last := aliasOf(t, f)
	if first == last {
		t.Error("the alias was not swapped")
	}
	if err := tool.Rollback(await.Context(t)); err != nil || aliasOf(t, f) == last {
		t.Errorf("Rollback: %v, or the alias is the same", err)
	}
	if err := tool.Rollback(await.Context(t)); err != nil || aliasOf(t, f) != last {
		t.Errorf("Rollback of the rollback: %v, or the alias is another", err)
	}
	r, err := tool.Verify(await.Context(t))
	if err != nil || !r.Clean() {
		t.Errorf("Verify during writes: got %v, %v; want a clean report", r, err)
	}
	if stop(); written.Load() < 20 {
		t.Errorf("got %d writes, want at least 20", written.Load())
	}
	x.caughtUp(s)
	agree(t, s, f)
	if indices, _ := f.Indices(await.Context(t)); len(indices) != 2 {
		t.Errorf("got the indices %v, want 2", indices)
	}
}

// signalling is a store that signals when a builder does not get its lock, and when a
// checkpoint is dropped.
type signalling struct {
	Store
	refused, dropped chan struct{}
}

func (s *signalling) Lead(ctx context.Context, name string, f func(ctx context.Context) error) error {
	held := false
	err := s.Store.Lead(ctx, name, func(ctx context.Context) error { held = true; return f(ctx) })
	if name == "rebuild" && !held {
		poll.Poke(s.refused)
	}
	return err
}

func (s *signalling) DropCheckpoint(ctx context.Context, index string) error {
	err := s.Store.DropCheckpoint(ctx, index)
	poll.Poke(s.dropped)
	return err
}

// The active indexer removes the index of a builder that died, but not one that is
// being built.
func TestIndexOfADeadBuilderIsRemoved(t *testing.T) {
	t.Parallel()
	s := &signalling{open(t), make(chan struct{}, 1), make(chan struct{}, 1)}
	f := newFake()
	if err := prepare(t, indexer.Config{Store: s, Index: f}).Rebuild(await.Context(t)); err != nil {
		t.Fatal(err)
	}
	const index = "marquee-unfinished"
	has := func() bool {
		c, err := s.Checkpoints(await.Context(t))
		indices, _ := f.Indices(await.Context(t))
		if err != nil || (c.Find(index) != nil) != (len(indices) == 2) {
			t.Errorf("%v and %+v, %v", indices, c, err)
		}
		return len(indices) == 2
	}
	wait := func(signal <-chan struct{}) {
		t.Helper()
		select {
		case <-signal:
		case <-await.Context(t).Done():
			t.Fatal("the indices were not inspected")
		}
	}
	err := s.Store.Lead(await.Context(t), "rebuild", func(ctx context.Context) error {
		if err := errors.Join(s.CreateCheckpoint(ctx, index), f.CreateIndex(ctx, index)); err != nil {
			return err
		}
		start(t, indexer.Config{Store: s, Index: f})
		wait(s.refused)
		if !has() {
			t.Error("an index was removed while it was built")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	wait(s.dropped)
	if has() {
		t.Error("the unfinished index was not removed")
	}
}

// badPromoter is a store in which no index becomes live.
type badPromoter struct{ Store }

func (badPromoter) Promote(context.Context, string, func(context.Context, int64) (int64, error)) error {
	return errDead
}

// A new index that cannot become live is removed.
func TestIndexIsRemovedWhenPromoteFails(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 20)
	x := prepare(t, indexer.Config{Store: badPromoter{s}, Index: f})
	if err := x.Rebuild(await.Context(t)); !errors.Is(err, errDead) {
		t.Errorf("Rebuild: got %v, want %v", err, errDead)
	}
	c, err := s.Checkpoints(await.Context(t))
	if indices, _ := f.Indices(await.Context(t)); err != nil || len(c.All) != 0 || len(indices) != 0 {
		t.Errorf("got checkpoints %+v and indices %v, %v; want none", c.All, indices, err)
	}
}

func TestRollbackNeedsAnEarlierIndex(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	x := prepare(t, indexer.Config{Store: s, Index: f})
	if err := x.Rebuild(await.Context(t)); err != nil {
		t.Fatal(err)
	}
	if err := x.Rollback(await.Context(t)); !errors.Is(err, rebuild.ErrNoPrevious) {
		t.Errorf("Rollback: got %v, want %v", err, rebuild.ErrNoPrevious)
	}
}

// An index that lost its data is rebuilt while the indexer runs.
func TestLostIndexIsRebuilt(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 50)
	x := start(t, indexer.Config{Store: s, Index: f})
	x.caughtUp(s)
	for i := range 2 {
		f.wipe()
		if i == 0 { // a write notices; the second time an inspection does
			must(t, s, storage.Create, storage.Movie, "", `{"title": "Into nothing"}`)
		}
		x.caughtUp(s)
		agree(t, s, f)
	}
	if n := x.Stats().Rebuilds; n != 3 {
		t.Errorf("rebuilt %d times, want 3", n)
	}
}

func TestNewMappingRebuildsTheIndex(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 50)
	x := start(t, indexer.Config{Store: s, Index: f})
	x.caughtUp(s)
	x.stop()
	old := aliasOf(t, f)
	f.mapping = "2"
	x = start(t, indexer.Config{Store: s, Index: f})
	x.until("another index is used", func() bool { return aliasOf(t, f) != old && caughtUp(t, s, f) })
	agree(t, s, f)
	if f.indices[aliasOf(t, f)].mapping != "2" {
		t.Error("the new index has the old mapping")
	}
}

// Pruning preserves changes that an index has not taken. An index that lags behind the
// pruned log all the same is rebuilt.
func TestIndexOlderThanTheLogIsRebuilt(t *testing.T) {
	t.Parallel()
	s, url := openAt(t)
	f := newFake()
	bring(t, s, "one", 10)
	x := start(t, indexer.Config{Store: s, Index: f})
	x.caughtUp(s)
	x.stop()
	bring(t, s, "two", 10)
	sql(t, url, `UPDATE changes SET at = at - interval '8 days'`)
	if n, err := s.Prune(await.Context(t), 7*24*time.Hour); n != 1 || err != nil {
		t.Errorf("Prune: got %d versions, %v; want the one that the index has taken", n, err)
	}
	sql(t, url, `UPDATE checkpoints SET updated = updated - interval '31 days'`)
	if n, err := s.Prune(await.Context(t), 7*24*time.Hour); n != 1 || err != nil {
		t.Errorf("Prune without a follower: got %d versions, %v; want 1", n, err)
	}
	x = start(t, indexer.Config{Store: s, Index: f})
	x.caughtUp(s)
	if n := x.Stats().Rebuilds; n != 1 {
		t.Errorf("rebuilt %d times, want 1", n)
	}
	agree(t, s, f)
}

// Verify finds and counts drift that the indexer did not cause, and Repair fixes it.
func TestDriftIsRepaired(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 50)
	x := start(t, indexer.Config{Store: s, Index: f})
	x.caughtUp(s)
	f.tamper(func(visible map[string]fakeDocument) {
		keys := sortedKeys(visible)
		delete(visible, keys[3])
		for i, change := range []func(d *fakeDocument){
			func(d *fakeDocument) { d.checksum = "?" },
			func(d *fakeDocument) { d.version-- },
		} {
			d := visible[keys[10+i]]
			change(&d)
			visible[keys[10+i]] = d
		}
		visible["movie 999999"] = visible[keys[20]]
	})
	r, err := x.Verify(await.Context(t))
	if err != nil || r.Counts[verify.Missing] != 1 || r.Counts[verify.Different] != 2 || r.Counts[verify.Extra] != 1 || len(r.Differences) != 4 {
		t.Fatalf("Verify: got %v, %v; want 1 missing, 2 different, 1 extra", r, err)
	}
	if n, err := x.Repair(await.Context(t), r); n != 4 || err != nil {
		t.Errorf("Repair: got %d, %v; want 4", n, err)
	}
	f.tamper(func(visible map[string]fakeDocument) {
		for k, d := range visible { // no document has the wrong checksum any more
			if d.checksum == "?" {
				t.Errorf("%s was not repaired", k)
			}
		}
	})
	agree(t, s, f)
}

// The comparison in the background repairs drift, and rebuilds an index with versions
// that the catalogue never had.
func TestDriftIsRepairedInTheBackground(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 50)
	x := start(t, indexer.Config{Store: s, Index: f, VerifyEvery: 2 * time.Second})
	x.caughtUp(s)
	f.tamper(func(visible map[string]fakeDocument) { delete(visible, sortedKeys(visible)[5]) })
	x.until("it is repaired", func() bool { return x.Stats().Repaired == 1 })
	if n := x.Stats().Drift; n != 1 {
		t.Errorf("got drift %d, want 1", n)
	}
	agree(t, s, f)
	f.tamper(func(visible map[string]fakeDocument) {
		key := sortedKeys(visible)[5]
		d := visible[key]
		d.version += 1000
		visible[key] = d
	})
	x.until("it is rebuilt", func() bool { return x.Stats().Rebuilds == 2 })
	x.caughtUp(s)
	agree(t, s, f)
}

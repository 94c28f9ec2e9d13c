package indexer_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/search"
	"marquee/storage"
	"marquee/storage/poll"
	"marquee/storage/postgres"
)

// like adds likes of users to a movie, and flushes them.
func like(t testing.TB, s *postgres.Store, id string, users ...string) {
	t.Helper()
	for _, user := range users {
		if err := s.Vote(await.Context(t), storage.Movie, id, user, storage.Like); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.FlushCounters(await.Context(t)); err != nil {
		t.Fatal(err)
	}
}

// awaitCounters waits until the index has all flushed counters.
func (r *running) awaitCounters(s *postgres.Store) {
	r.t.Helper()
	r.until("the index has the counters", func() bool {
		end, err := s.Flushes(await.Context(r.t), -1, 1)
		if err != nil {
			r.t.Fatal(err)
		}
		shown, err := s.IndexedFlushes(await.Context(r.t), -1, 1)
		if err != nil {
			r.t.Fatal(err)
		}
		return shown.Next == end.Next
	})
}

// liked returns the movies of the index with at least a number of likes.
func liked(t testing.TB, x search.Engine, least int64) (ids []string) {
	t.Helper()
	q := &storage.Query{Noun: storage.Movie, Limit: 10, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}}
	for i := range storage.Movie.Filters {
		if f := &storage.Movie.Filters[i]; f.Name == "likes" {
			q.Conditions = []storage.Condition{{Filter: f, Range: storage.Range{From: &least}}}
		}
	}
	p, err := x.List(await.Context(t), q)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range p.Objects {
		ids = append(ids, o.ID)
	}
	return ids
}

// Searches find votes without a write, and a later write does not remove them.
func TestSearchesFindVotes(t *testing.T) {
	t.Parallel()
	prefix := devstack.IndexPrefix(t)
	s := open(t)
	c := openElastic(t, devstack.Elasticsearch(t), prefix+"a", nil)
	bring(t, s, "file", 20)
	x := start(t, indexer.Config{Store: s, Index: c, Prefix: prefix + "a-"})
	x.caughtUp(s)
	expect := func(least int64, want ...string) {
		t.Helper()
		if got := liked(t, c, least); fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("at least %d likes: got movies %v, want %v", least, got, want)
		}
	}
	expect(1)
	like(t, s, "3", "ann")
	like(t, s, "5", "ann", "ben")
	x.awaitCounters(s)
	expect(1, "3", "5")
	expect(2, "5")
	must(t, s, storage.Update, storage.Movie, "5", `{"description": "Written after the votes"}`)
	x.caughtUp(s)
	like(t, s, "5", "cy")
	x.awaitCounters(s)
	expect(3, "5")
	verified(t, x)
}

// The position in the flush log outlives the indexer: its successor sends the counters
// that were flushed meanwhile, and nothing else.
func TestCountersAfterTakeover(t *testing.T) {
	t.Parallel()
	s, url := openAt(t)
	f := newFake()
	bring(t, s, "file", 30)
	x := start(t, indexer.Config{Store: s, Index: f})
	x.caughtUp(s)
	like(t, s, "1", "ann")
	x.awaitCounters(s)
	x.stop()
	like(t, s, "2", "ann", "ben")
	x = start(t, indexer.Config{Store: s, Index: f})
	x.awaitCounters(s)
	agree(t, s, f)
	if got := x.Stats().Operations; got != 1 {
		t.Errorf("sent %d objects, want 1", got)
	}
	x.stop()

	// After so long that the log has been pruned, all objects are sent.
	like(t, s, "3", "ann")
	sql(t, url, `UPDATE counted SET at = at - interval '1 hour'`)
	like(t, s, "4", "ann")
	x = start(t, indexer.Config{Store: s, Index: f})
	x.awaitCounters(s)
	agree(t, s, f)
	if got := x.Stats().Operations; got != 30 {
		t.Errorf("sent %d objects, want 30", got)
	}
}

// A new index begins with the counters of its snapshot, and continues from there.
func TestCountersOfANewIndex(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 10)
	like(t, s, "1", "ann")
	x := start(t, indexer.Config{Store: s, Index: f})
	x.caughtUp(s)
	agree(t, s, f)
	like(t, s, "2", "ann")
	if err := x.Rebuild(await.Context(t)); err != nil {
		t.Fatal(err)
	}
	like(t, s, "3", "ann")
	if err := x.Rollback(await.Context(t)); err != nil {
		t.Fatal(err)
	}
	x.caughtUp(s)
	x.awaitCounters(s)
	agree(t, s, f)
}

// held delays the first bulk request after it is armed, and signals the next one.
type held struct {
	search.Index
	armed             atomic.Bool
	began, sent, free chan struct{}
}

func (h *held) Bulk(ctx context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	if h.armed.CompareAndSwap(true, false) {
		close(h.began)
		<-h.free
		return h.Index.Bulk(ctx, index, ops)
	}
	defer poll.Poke(h.sent)
	return h.Index.Bulk(ctx, index, ops)
}

// polled signals each read of the checkpoints.
type polled struct {
	Store
	checkpoints chan struct{}
}

func (a polled) Checkpoints(ctx context.Context) (*storage.Checkpoints, error) {
	select {
	case a.checkpoints <- struct{}{}:
	default:
	}
	return a.Store.Checkpoints(ctx)
}

// A change in flight with old counters does not replace newer counters: these wait for
// the change.
func TestVotesWaitForTheChange(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 3)
	h := &held{Index: f, began: make(chan struct{}), sent: make(chan struct{}, 1), free: make(chan struct{})}
	a := polled{s, make(chan struct{})}
	x := start(t, indexer.Config{Store: a, Index: h})
	x.caughtUp(s)
	h.armed.Store(true)
	must(t, s, storage.Update, storage.Movie, "1", `{"description": "Nobody likes it yet"}`)
	<-h.began
	for len(h.sent) > 0 {
		<-h.sent
	}
	like(t, s, "1", "ann")
	for range 100 { // in that time the votes have been read, and would have been sent
		select {
		case <-a.checkpoints:
			continue
		case <-h.sent:
		}
		break
	}
	close(h.free)
	x.caughtUp(s)
	x.awaitCounters(s)
	agree(t, s, f)
}

// dawdling takes some time for each bulk request, so that counters and changes meet.
type dawdling struct{ search.Index }

func (d dawdling) Bulk(ctx context.Context, index string, ops []search.Operation) ([]search.Refusal, error) {
	pause := time.NewTimer(rand.N(3 * time.Millisecond))
	defer pause.Stop()
	<-pause.C
	return d.Index.Bulk(ctx, index, ops)
}

// When films are written, deleted and voted for at the same time, the index has all
// votes in the end.
func TestVotesDuringWrites(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	bring(t, s, "file", 6)
	x := start(t, indexer.Config{Store: s, Index: dawdling{f}, Clock: faster{poll.System, 2000}})
	x.caughtUp(s)
	var at sync.WaitGroup
	at.Go(func() {
		for i := range 150 {
			write(t, s, storage.Update, storage.Movie, fmt.Sprint(1+i%5), fmt.Sprintf(`{"description": "%d"}`, i))
		}
		write(t, s, storage.Delete, storage.Movie, "6", "")
	})
	at.Go(func() {
		for i := range 150 {
			like(t, s, fmt.Sprint(1+i%5), fmt.Sprint("user", i))
		}
	})
	at.Wait()
	x.caughtUp(s)
	x.awaitCounters(s)
	agree(t, s, f)
	if st := x.Stats(); st.Failures > 0 {
		t.Errorf("got %d failures, want 0", st.Failures)
	}
}

package indexer_test

import (
	"context"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/indexer/verify"
	"marquee/search"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/poll"
	"marquee/storage/postgres"
	"marquee/storage/tail"
)

// sql runs a statement that the program itself never runs.
func sql(t testing.TB, url, statement string) {
	t.Helper()
	conn, err := pgx.Connect(await.Context(t), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(await.Context(t))
	if _, err := conn.Exec(await.Context(t), statement); err != nil {
		t.Fatal(err)
	}
}

// openAt is open, with the database's URL.
func openAt(t testing.TB) (*postgres.Store, string) {
	t.Helper()
	url := devstack.Postgres(t)
	if _, err := postgres.Migrate(await.Context(t), url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	return reopen(t, url), url
}

// This test is not parallel: it counts the goroutines of the process.
func TestLeavesNoGoroutine(t *testing.T) {
	s := open(t)
	bring(t, s, "file", 10)
	before := goleak.IgnoreCurrent()
	x := start(t, indexer.Config{Store: s, Index: newFake()})
	x.caughtUp(s)
	w := tail.NewIndexed(s, nil, nil)
	ctx, cancel := context.WithCancel(await.Context(t))
	ended := make(chan struct{})
	go func() { w.Run(ctx); close(ended) }()
	if err := w.Wait(await.Context(t), 1); err != nil {
		t.Error(err)
	}
	cancel()
	<-ended
	x.stop()
	goleak.VerifyNone(t, before, goleak.IgnoreTopFunction("github.com/jackc/pgx/v5/pgxpool.(*Pool).backgroundHealthCheck"))
}

func TestTwoIndexers(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	a := start(t, indexer.Config{Store: s, Index: f})
	a.leads()
	b := start(t, indexer.Config{Store: s, Index: f})
	bring(t, s, "one", 20)
	a.caughtUp(s)
	if b.Stats().Leading {
		t.Error("two indexers lead, want one")
	}
	a.stop()
	b.leads()
	bring(t, s, "two", 20)
	b.caughtUp(s)
	agree(t, s, f)
	if b.Stats().Rebuilds != 0 {
		t.Errorf("the second indexer rebuilt %d times, want 0", b.Stats().Rebuilds)
	}
}

// terms counts how often a process becomes the leader.
type terms struct {
	Store
	count atomic.Int64
}

func (s *terms) Lead(ctx context.Context, name string, f func(context.Context) error) error {
	return s.Store.Lead(ctx, name, func(ctx context.Context) error {
		if name == "indexer" {
			s.count.Add(1)
		}
		return f(ctx)
	})
}

// A leader that loses its connection steps down, and a process leads again.
func TestLeadershipLost(t *testing.T) {
	t.Parallel()
	s, url := openAt(t)
	f := newFake()
	led := &terms{Store: s}
	x := start(t, indexer.Config{Store: led, Index: f})
	x.caughtUp(s)
	for term := range int64(3) {
		x.leads()
		sql(t, url, `SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`)
		must(t, s, storage.Create, storage.Movie, "", `{"title": "Written meanwhile"}`)
		x.until("a process leads again", func() bool { return led.count.Load() >= term+2 })
		x.caughtUp(s)
	}
	agree(t, s, f)
}

// A document that the index refuses for good is a dead letter until the index takes a
// later version. It delays nothing else.
func TestRefusedDocumentIsADeadLetter(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	f.refuse = func(op *search.Operation) *search.Refusal {
		if op.Document != nil && strings.HasPrefix(op.Document.Label(), "Bad") {
			return &search.Refusal{Reason: "mapper_parsing_exception: no"}
		}
		return nil
	}
	x := start(t, indexer.Config{Store: s, Index: f})
	x.caughtUp(s)
	bad := must(t, s, storage.Create, storage.Movie, "", `{"title": "Bad 1"}`).Object.ID
	must(t, s, storage.Create, storage.Movie, "", `{"title": "Good"}`)
	x.caughtUp(s)
	letters := letters(t, s, f)
	if len(letters) != 1 || letters[0].ID != bad || letters[0].Reason == "" || x.Stats().Dead != 1 {
		t.Fatalf("got letters %+v and %+v, want one letter of movie %s", letters, x.Stats(), bad)
	}
	r, err := x.Verify(await.Context(t))
	if err != nil || r.Clean() || !r.Agrees() || r.Counts[verify.Refused] != 1 {
		t.Errorf("Verify: got %v, %v; want one refused object", r, err)
	}
	if n, err := x.Repair(await.Context(t), r); n != 0 || err != nil {
		t.Errorf("Repair: got %d, %v; want 0 repaired", n, err)
	}
	must(t, s, storage.Update, storage.Movie, bad, `{"title": "Fixed"}`)
	x.caughtUp(s)
	x.until("the letter is gone", func() bool { return countLetters(t, s, f) == 0 })
	agree(t, s, f)
}

func letters(t testing.TB, s *postgres.Store, f *fakeIndex) []storage.DeadLetter {
	t.Helper()
	alias, _ := f.Alias(await.Context(t))
	l, err := s.DeadLetters(await.Context(t), alias)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func countLetters(t testing.TB, s *postgres.Store, f *fakeIndex) int { return len(letters(t, s, f)) }

// An operation that a busy index refuses is sent again until the index takes it.
func TestBusyIndexGetsEverything(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	x := start(t, indexer.Config{Store: s, Index: f, Clock: faster{poll.System, 500}})
	x.caughtUp(s)
	var left atomic.Int64
	left.Store(30) // more than the tries of one step
	f.mu.Lock()
	f.refuse = func(*search.Operation) *search.Refusal {
		if left.Add(-1) >= 0 {
			return &search.Refusal{Reason: "es_rejected_execution_exception", Retryable: true}
		}
		return nil
	}
	f.mu.Unlock()
	must(t, s, storage.Create, storage.Movie, "", `{"title": "Late"}`)
	x.caughtUp(s)
	st := x.Stats()
	if st.Retries == 0 || st.Failures == 0 || st.Dead != 0 || countLetters(t, s, f) != 0 {
		t.Errorf("got %+v, want retries and failures, and no dead letters", st)
	}
	agree(t, s, f)
}

// faster is a clock whose waits are shorter by a factor.
type faster struct {
	poll.Clock
	factor time.Duration
}

func (c faster) After(d time.Duration) (<-chan time.Time, func()) { return c.Clock.After(d / c.factor) }

// An import is carried over in large batches, without a refresh for each object.
func TestCatchesUpInBatches(t *testing.T) {
	t.Parallel()
	s := open(t)
	f := newFake()
	first := start(t, indexer.Config{Store: s, Index: f})
	first.caughtUp(s)
	first.stop()
	for i := range 300 {
		must(t, s, storage.Create, storage.Movie, "", fmt.Sprintf(`{"title": "Film %d"}`, i))
	}
	bring(t, s, "file", 2500)
	x := start(t, indexer.Config{Store: s, Index: f})
	x.caughtUp(s)
	if st := x.Stats(); st.Batches > 4 || st.Operations < 2800 {
		t.Errorf("got %d operations in %d batches, want at least 2800 in at most 4", st.Operations, st.Batches)
	}
	agree(t, s, f)
}

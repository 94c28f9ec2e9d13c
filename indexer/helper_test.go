package indexer_test

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/indexer"
	"marquee/indexer/pair"
	"marquee/search"
	"marquee/search/text"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/incoming"
	"marquee/storage/poll"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/strictjson"
)

func TestMain(m *testing.M) { devstack.Main(m) }

// Store is the store of an indexer.
type Store = pair.Store

// open returns a store over a new, empty database.
func open(t testing.TB) *postgres.Store {
	t.Helper()
	url := devstack.Postgres(t)
	if _, err := postgres.Migrate(await.Context(t), url, postgres.WithAnalysis(text.Analysis{})); err != nil {
		t.Fatal(err)
	}
	return reopen(t, url)
}

// reopen returns another store over a database.
func reopen(t testing.TB, url string) *postgres.Store {
	t.Helper()
	s, err := postgres.Open(await.Context(t), url, postgres.WithAnalysis(text.Analysis{}))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s
}

// hurried is a clock with short waits.
type hurried struct{ poll.Clock }

func (h hurried) After(d time.Duration) (<-chan time.Time, func()) { return h.Clock.After(d / 20) }

// running is an indexer that runs. steps receives a value for each of its steps.
type running struct {
	*indexer.Indexer
	t     testing.TB
	index search.Index
	steps chan struct{}
	stop  func()
	done  chan struct{}
}

// prepare makes an indexer that a test can drive by hand. Steps are dropped when
// their channel is full, so a test that waits for one looks at the state as well.
func prepare(t testing.TB, c indexer.Config) *running {
	r := &running{t: t, index: c.Index, steps: make(chan struct{}, 1000), done: make(chan struct{})}
	if c.Clock == nil {
		c.Clock = hurried{poll.System}
	}
	if c.VerifyEvery == 0 {
		c.VerifyEvery = 24 * time.Hour
	}
	if testing.Verbose() {
		c.Logger = slog.New(slog.NewTextHandler(t.Output(), nil))
	}
	c.Stepped = func() {
		select {
		case r.steps <- struct{}{}:
		default:
		}
	}
	r.Indexer = indexer.New(c)
	return r
}

// start runs an indexer until the test ends or stop is called.
func start(t testing.TB, c indexer.Config) *running {
	r := prepare(t, c)
	r.run()
	return r
}

func (r *running) run() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = func() { cancel(); <-r.done }
	go func() {
		defer close(r.done)
		if err := r.Run(ctx); err != nil {
			r.t.Errorf("Run: %v", err)
		}
	}()
	r.t.Cleanup(r.stop)
	return ctx
}

// until waits for a condition, which it checks after every step.
func (r *running) until(what string, holds func() bool) {
	r.t.Helper()
	limit := time.After(60 * time.Second)
	for !holds() {
		select {
		case <-r.steps:
		case <-limit:
			r.t.Fatalf("timed out waiting until %s; %+v", what, r.Stats())
		}
	}
}

// leads waits until this indexer is active.
func (r *running) leads() {
	r.t.Helper()
	r.until("it leads", func() bool { return r.Stats().Leading })
}

// caughtUp waits until searches find every write so far.
func (r *running) caughtUp(s *postgres.Store) {
	r.t.Helper()
	r.until("it has caught up", func() bool { return caughtUp(r.t, s, r.index) })
}

func caughtUp(t testing.TB, s *postgres.Store, x search.Index) bool {
	alias, err := x.Alias(await.Context(t))
	if err != nil {
		return false
	}
	c, err := s.Checkpoints(await.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	live := c.In(storage.Live)
	return len(live) == 1 && live[0].Version == c.Version && live[0].Index == alias
}

// expected returns the documents that searches should find.
func expected(t testing.TB, s *postgres.Store) map[string]string {
	t.Helper()
	out := map[string]string{}
	_, err := s.AllDocuments(await.Context(t), search.IndexedNouns(), func(page []storage.Revision) error {
		for _, r := range page {
			d := r.Document
			out[d.Noun.Name+" "+d.ID] = shape(&search.Operation{Version: r.DocumentVersion, Document: d, ObjectVersion: r.Version})
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// agree fails unless the searched index has the documents of the store, by a comparison
// of its own and by the indexer's.
func agree(t testing.TB, s *postgres.Store, f *fakeIndex) {
	t.Helper()
	if diff := cmp.Diff(expected(t, s), f.seen()); diff != "" {
		t.Errorf("the index differs from the store (-store +index):\n%s", diff)
	}
	r, err := prepare(t, indexer.Config{Store: s, Index: f}).Verify(await.Context(t))
	if err != nil || !r.Clean() {
		t.Errorf("Verify: got %v, %v; want a clean report", r, err)
	}
}

// write changes the store and returns the result, nil if the store refused it.
func write(t testing.TB, s *postgres.Store, op storage.Operation, n *storage.Noun, id, body string, parents ...string) *edit.Written {
	t.Helper()
	w := &edit.Write{Operation: op, Noun: n, ID: id, Parents: parents, Who: "test", Cascade: true}
	if body != "" {
		v, fault := strictjson.Parse([]byte(body))
		if fault != nil {
			t.Fatalf("%s: %+v", body, fault)
		}
		w.Edit = edit.Check(n, v.(storage.Members))
	}
	out, err := s.Write(await.Context(t), w)
	if code := storage.CodeOf(err); err != nil && (code == storage.Internal || code == storage.Unavailable) {
		t.Errorf("%s %s %s: %v", op, n.Name, body, err)
	}
	return out
}

// must is write for a write that the store has to take.
func must(t testing.TB, s *postgres.Store, op storage.Operation, n *storage.Noun, id, body string) *edit.Written {
	t.Helper()
	out := write(t, s, op, n, id, body)
	if out == nil {
		t.Fatalf("%s %s %s was refused", op, n.Name, body)
	}
	return out
}

// bring imports a number of movies, each with a person and a genre.
func bring(t testing.TB, s *postgres.Store, source string, movies int) {
	t.Helper()
	records := func(yield func(*incoming.Record, error) bool) {
		for i := range movies {
			v, _ := strictjson.Parse(fmt.Appendf(nil, `{"title": "%s %d", "release_year": %d, "description": "%s"}`, source, i, 1900+i%100, strings.Repeat("word ", i%40)))
			e := edit.Check(storage.Movie, v.(storage.Members))
			e.Values["starring"] = []any{edit.Reference{Name: fmt.Sprintf("Star %d", i%7)}}
			e.Values["genres"] = []any{edit.Reference{Name: []string{"Drama", "War"}[i%2]}}
			if !yield(&incoming.Record{Position: incoming.Position{File: source, Line: i + 1}, Noun: storage.Movie, Key: fmt.Sprint(i), Edit: e}, nil) {
				return
			}
		}
	}
	report, err := s.Import(await.Context(t), records, importer.Options{Source: source, Who: "test"})
	if err != nil || report.Total(incoming.Created) != movies {
		t.Fatalf("import: %v, %v", report, err)
	}
}

// forgetIndices removes the checkpoints of earlier indices.
func forgetIndices(t testing.TB, s *postgres.Store) {
	t.Helper()
	c, err := s.Checkpoints(await.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range c.All {
		if err := s.DropCheckpoint(await.Context(t), p.Index); err != nil {
			t.Fatal(err)
		}
	}
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// knownLog is a change log that a test controls.
type knownLog struct {
	mu                sync.Mutex
	version, required int64
	floor             int64
	changes           []storage.Change
}

func (l *knownLog) Version() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.version
}

func (l *knownLog) Required() int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.required
}

func (l *knownLog) Between(from, to int64, visit func(*storage.Change) bool) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if from < l.floor || to > l.version {
		return false
	}
	for i := range l.changes {
		if c := &l.changes[i]; c.Version > from && c.Version <= to && !visit(c) {
			break
		}
	}
	return true
}

// learn reads the whole log.
func (l *knownLog) learn(t testing.TB, s *postgres.Store) {
	t.Helper()
	read, err := s.Changes(await.Context(t), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.version, l.changes = read.Version, read.Changes
}

// replicated is a catalogue with a replica.
type replicated struct {
	*devstack.Replicated
	t      testing.TB
	store  *postgres.Store
	reader *postgres.Reader
	log    *knownLog
	film   *storage.Object
}

// startReplicated starts a catalogue of one film, "Old", that the replica has.
func startReplicated(t testing.TB) *replicated {
	t.Helper()
	r := &replicated{Replicated: devstack.StartReplicated(t), t: t, log: &knownLog{}}
	ctx := await.Context(t)
	if _, err := postgres.Migrate(ctx, r.Primary.URL()); err != nil {
		t.Fatal(err)
	}
	var err error
	if r.store, err = postgres.Open(ctx, r.Primary.URL()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.store.Close)
	r.film = storetest.Create(t, r.store, storage.Movie, `{"title": "Old"}`)
	replica, err := postgres.OpenReplica(ctx, r.Replica.URL(), r.store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(replica.Close)
	r.reader = postgres.NewReader(postgres.ReaderConfig{Primary: r.store, Replica: replica, Log: r.log,
		Touches: func(q *storage.Query) func(*storage.Change) bool {
			return func(c *storage.Change) bool { return c.Noun == q.Noun }
		}})
	r.caughtUp()
	return r
}

// caughtUp waits until the replica has every change.
func (r *replicated) caughtUp() {
	r.t.Helper()
	r.log.learn(r.t, r.store)
	for ctx := await.Context(r.t); ; {
		before := r.reader.Stats().Replica
		if r.viewed(); r.reader.Stats().Replica > before {
			return
		}
		if ctx.Err() != nil {
			r.t.Fatalf("the replica does not answer: %+v", r.reader.Stats())
		}
	}
}

// title reads a film's title, "" if the film does not exist.
func (r *replicated) title(id string) string {
	r.t.Helper()
	o, err := r.reader.Get(await.Context(r.t), storage.Movie, id, nil)
	if storage.CodeOf(err) == storage.NotFound {
		return ""
	}
	if err != nil {
		r.t.Fatal(err)
	}
	return fmt.Sprint(storetest.Fields(r.t, o)["title"])
}

// all lists the titles of all films.
func (r *replicated) all() string {
	r.t.Helper()
	page, err := r.reader.List(await.Context(r.t), everyFilm())
	if err != nil {
		r.t.Fatal(err)
	}
	return titles(r.t, page)
}

func everyFilm() *storage.Query {
	return &storage.Query{Noun: storage.Movie, Limit: 100, Order: storage.Order{Sort: &storage.Movie.Sorts[0]}}
}

func titles(t testing.TB, page *storage.Page) string {
	out := []string{}
	for i := range page.Objects {
		out = append(out, fmt.Sprint(storetest.Fields(t, &page.Objects[i])["title"]))
	}
	return strings.Join(out, ", ")
}

// viewed lists the titles of all films in a view.
func (r *replicated) viewed() string {
	r.t.Helper()
	var out string
	err := r.reader.Snapshot(await.Context(r.t), false, func(v *postgres.Snapshot) error {
		page, err := v.Counted(await.Context(r.t), everyFilm(), func(func(any) string) string { return "true" }, 0)
		if err == nil {
			out = titles(r.t, page)
		}
		return err
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return out
}

// inTime starts a replica and runs try. If the replica misses its time for an answer, as
// on a busy machine, the primary answers: then the result says nothing, and inTime starts
// another replica.
func inTime(t *testing.T, try func(r *replicated) error) *replicated {
	t.Helper()
	for range 5 {
		r := startReplicated(t)
		missed := r.reader.Stats().Failed
		err := try(r)
		if r.reader.Stats().Failed == missed {
			if err != nil {
				t.Error(err)
			}
			return r
		}
		t.Logf("the replica missed its time: %v", err)
	}
	t.Fatal("no replica answered in time")
	return nil
}

// TestReader runs all checks of a healthy replica on one server, which is expensive to start.
func TestReader(t *testing.T) {
	t.Parallel()
	r := inTime(t, func(r *replicated) error {
		return errors.Join(leavesWhatIsLacking(t, r), showsVotes(t, r), waitsForExpensiveReads(t, r), answersThroughConflicts(t, r))
	})
	answersWithoutReplica(t, r)
}

// A replica that stands still answers as long as no change is known. Objects that are
// known to be changed, were written, or were shown newer come from the primary.
func leavesWhatIsLacking(t *testing.T, r *replicated) error {
	series := &storage.Query{Noun: storage.Serie, Limit: 10, Order: storage.Order{Sort: &storage.Serie.Sorts[0]}}
	kept := storetest.Create(t, r.store, storage.Movie, `{"title": "Kept"}`)
	r.caughtUp()
	r.PauseReplay()
	if _, err := storetest.Update(t, r.store, storage.Movie, r.film.ID, `{"title": "New"}`); err != nil {
		t.Fatal(err)
	}
	added := storetest.Create(t, r.store, storage.Movie, `{"title": "Second"}`)
	var wrong error
	note := func(format string, args ...any) { wrong = errors.Join(wrong, fmt.Errorf(format, args...)) }
	want := func(what, got, want string) {
		if got != want {
			note("%s is %q, want %q", what, got, want)
		}
	}
	want("an object with an unknown change", r.title(r.film.ID), "Old")
	want("an unknown object", r.title(added.ID), "")
	want("a list with an unknown change", r.all(), "Old, Kept")
	want("a view with an unknown change", r.viewed(), "Old, Kept")

	before := r.reader.Stats()
	r.log.learn(t, r.store)
	want("a changed object", r.title(r.film.ID), "New")
	want("a new object", r.title(added.ID), "Second")
	want("a changed list", r.all(), "New, Kept, Second")
	want("a view after a change", r.viewed(), "New, Kept, Second")
	if after := r.reader.Stats(); after.Replica != before.Replica || after.Lagging != before.Lagging+4 {
		note("%+v, then %+v", before, after)
	}
	page, err := r.reader.List(await.Context(t), series)
	if version, _ := r.store.Version(await.Context(t)); err != nil || page.AsOf >= version || r.reader.Stats().Replica != before.Replica+1 {
		note("a list that no change touches: %+v, %v, %+v", page, err, r.reader.Stats())
	}
	series.AtLeast = r.log.Version() + 1
	if page, err = r.reader.List(await.Context(t), series); err != nil || page.AsOf != r.log.Version() {
		note("a list at an unknown version: %+v, %v", page, err)
	}

	if err := storetest.Delete(t, r.store, storage.Movie, kept.ID, false); err != nil {
		t.Fatal(err)
	}
	want("an object with an unknown deletion", r.title(kept.ID), "Kept")
	r.log.required = added.Version + 1 // its own write, which its log does not have yet
	want("an object that this process has deleted", r.title(kept.ID), "")
	r.log.required = 0
	want("an object that it has shown to be deleted", r.title(kept.ID), "")
	r.ResumeReplay()
	r.caughtUp()
	want("everything", r.all(), "New, Second")
	return wrong
}

// Counters have no version, but a process that knows of their flush shows them.
func showsVotes(t *testing.T, r *replicated) error {
	likes := func() string {
		t.Helper()
		o, err := r.reader.Get(await.Context(t), storage.Movie, r.film.ID, nil)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Sprint(storetest.Fields(t, o)["likes"])
	}
	r.PauseReplay()
	if err := r.store.Vote(await.Context(t), storage.Movie, r.film.ID, "ann", storage.Like); err != nil {
		t.Fatal(err)
	}
	if _, err := r.store.FlushCounters(await.Context(t)); err != nil {
		t.Fatal(err)
	}
	before := likes()
	if log, err := r.reader.Flushes(await.Context(t), 0, 10); err != nil || len(log.Flushes) != 1 {
		t.Fatalf("%+v, %v", log, err)
	}
	after := likes()
	r.ResumeReplay()
	r.caughtUp()
	if before != "0" || after != "1" {
		return fmt.Errorf("got %s likes before the flush is known and %s after, want 0 and 1", before, after)
	}
	return nil
}

// No read fails when the replica does, and a replica that returns is used again.
func answersWithoutReplica(t *testing.T, r *replicated) {
	if _, err := storetest.Update(t, r.store, storage.Movie, r.film.ID, `{"title": "Here"}`); err != nil {
		t.Fatal(err)
	}
	r.caughtUp()
	for _, fault := range []struct {
		name         string
		happen, heal func()
	}{{"killed", r.Replica.Kill, r.Replica.Restart}, {"frozen", r.Replica.Stop, r.Replica.Continue}} {
		fault.happen()
		for range 5 {
			if got := r.title(r.film.ID) + ", " + r.all() + ", " + r.viewed(); got != "Here, Here, Second, Here, Second" {
				t.Errorf("%s: got %s, want Here, Here, Second, Here, Second", fault.name, got)
			}
		}
		if !r.reader.Degraded() {
			t.Errorf("%s: Degraded() = false, want true", fault.name)
		}
		fault.heal()
		if r.caughtUp(); r.reader.Degraded() {
			t.Errorf("%s, then healed: Degraded() = true, want false", fault.name)
		}
	}
}

// A server that is not a replica of the database is refused, at the start and later.
func TestOtherServersAreNoReplicas(t *testing.T) {
	t.Parallel()
	r := startReplicated(t)
	for _, c := range []struct{ name, url, says string }{
		{"the primary", r.Primary.URL(), "takes writes itself"},
		{"another cluster", devstack.Postgres(t), "its cluster is"},
		{"another database", strings.Replace(r.Replica.URL(), "/marquee?", "/postgres?", 1), "another database"},
	} {
		replica, err := postgres.OpenReplica(await.Context(t), c.url, r.store, slog.New(slog.DiscardHandler))
		if !errors.Is(err, postgres.ErrNotReplica) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.says)
		}
		if err == nil {
			replica.Close()
		}
	}
	noticesPromotion(t, r)
	r.Replica.Kill()
	replica, err := postgres.OpenReplica(await.Context(t), r.Replica.URL(), r.store, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatalf("a replica that is down: %v", err)
	}
	replica.Close()
}

// A replica that was promoted is not read: its own writes may never have happened in this
// catalogue.
func noticesPromotion(t *testing.T, r *replicated) {
	r.Promote()
	other, err := postgres.Open(await.Context(t), r.Replica.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if _, err := storetest.Update(t, other, storage.Movie, r.film.ID, `{"title": "Elsewhere"}`); err != nil {
		t.Fatal(err)
	}
	before := r.reader.Stats().Replica
	for range 5 {
		if got := r.title(r.film.ID) + ", " + r.all() + ", " + r.viewed(); got != "Old, Old, Old" {
			t.Fatal(got)
		}
	}
	if s := r.reader.Stats(); s.Replica != before || !r.reader.Degraded() {
		t.Errorf("%+v", s)
	}
}

// When a replica gives up a read because the primary has removed its rows, the primary
// answers, and the replica stays healthy.
func answersThroughConflicts(t *testing.T, r *replicated) error {
	r.OnReplica("ALTER SYSTEM SET max_standby_streaming_delay = 0")
	r.OnReplica("SELECT pg_reload_conf()")
	ctx, cancel := context.WithTimeout(await.Context(t), time.Minute)
	defer cancel()
	other := storetest.Create(t, r.store, storage.Movie, `{"title": "Other"}`)
	r.caughtUp()
	r.PauseReplay()
	if err := storetest.Delete(t, r.store, storage.Movie, other.ID, false); err != nil {
		t.Fatal(err)
	}
	vacuum(t, r.Primary.URL())
	runs, before := 0, r.reader.Stats()
	err := r.reader.Snapshot(ctx, false, func(v *postgres.Snapshot) error {
		runs++
		count := func() (n int, err error) {
			rows, err := v.Query(ctx, `SELECT count(*) FROM movies`)
			if err != nil {
				return 0, err
			}
			defer rows.Close()
			for rows.Next() {
				err = rows.Scan(&n)
			}
			return n, errors.Join(err, rows.Err())
		}
		if _, err := count(); err != nil || runs > 1 {
			return err
		}
		r.ResumeReplay()
		for { // until the replica ends the query
			if _, err := count(); err != nil {
				return err
			}
		}
	})
	if s := r.reader.Stats(); err != nil || runs != 2 || s.Conflicts != before.Conflicts+1 || s.Failed != before.Failed || r.reader.Degraded() {
		return fmt.Errorf("got %d runs, %w, %+v; want 2 runs and one conflict", runs, err, s)
	}
	return nil
}

// An expensive search may take the replica longer than a second.
func waitsForExpensiveReads(t *testing.T, r *replicated) error {
	r.caughtUp()
	ctx, cancel := context.WithTimeout(await.Context(t), 20*time.Second)
	defer cancel()
	runs, before := 0, r.reader.Stats()
	err := r.reader.Snapshot(ctx, true, func(v *postgres.Snapshot) error {
		runs++
		rows, err := v.Query(ctx, `SELECT pg_sleep(1.1)`)
		if err == nil {
			rows.Close()
			err = rows.Err()
		}
		return err
	})
	if s := r.reader.Stats(); err != nil || runs != 1 || s.Replica != before.Replica+1 {
		return fmt.Errorf("got %d runs, %w, %+v; want one run", runs, err, s)
	}
	return nil
}

// vacuum removes deleted films.
func vacuum(t testing.TB, url string) {
	t.Helper()
	conn, err := pgx.Connect(await.Context(t), url)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close(context.WithoutCancel(t.Context()))
	if _, err := conn.Exec(await.Context(t), `VACUUM movies`); err != nil {
		t.Fatal(err)
	}
}

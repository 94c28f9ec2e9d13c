package changelog_test

import (
	"sync"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// week is an age at which changes are pruned.
const week = 7 * 24 * time.Hour

// aged appends versions of an age, an interval of PostgreSQL, to the log, without
// their objects.
func aged(t testing.TB, url string, versions int, age string) {
	t.Helper()
	storetest.Exec(t, url, `INSERT INTO changes (version, index, noun, operation, ids, who, at)
		SELECT version + g, i, 'movie', 'import', '{1}', 'test', now() - $2::interval FROM catalogue, generate_series(1, $1) g, generate_series(0, 1) i`, versions, age)
	storetest.Exec(t, url, `UPDATE catalogue SET version = version + $1`, versions)
}

func openPruned(t testing.TB) (*postgres.Store, string) {
	t.Helper()
	url := storetest.Migrate(t, devstack.Postgres(t))
	return storetest.Open(t, url, storetest.Key), url
}

// wantPruned prunes, and compares the number of pruned versions, and that of the
// versions left.
func wantPruned(t testing.TB, s *postgres.Store, want, left int64) {
	t.Helper()
	n, err := s.Prune(await.Context(t), week)
	if err != nil || n != want {
		t.Errorf("pruned %d versions, want %d; %v", n, want, err)
	}
	after, version, err := s.Span(await.Context(t))
	if err != nil || version-after != left {
		t.Errorf("%d versions are left, want %d; %v", version-after, left, err)
	}
	changes, err := s.Changes(await.Context(t), after, 10_000)
	if err != nil || int64(len(changes.Changes)) != 2*left {
		t.Errorf("the log after version %d has %d changes, want %d; %v", after, len(changes.Changes), 2*left, err)
	}
}

// All old changes are deleted, in several steps, and no others.
func TestPrune(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	wantPruned(t, s, 0, 0)
	aged(t, url, 1600, "8 days") // two changes each: four steps
	aged(t, url, 3, "6 days")
	wantPruned(t, s, 1600, 3)
	wantPruned(t, s, 0, 3)
	aged(t, url, 2, "8 days") // from a wrong clock: the log must not get gaps
	wantPruned(t, s, 0, 5)
	storetest.Exec(t, url, `UPDATE changes SET at = at - interval '8 days'`)
	wantPruned(t, s, 5, 0)
}

// Changes that an index has not applied yet are not pruned, unless the index is
// abandoned.
func TestPruneKeepsWhatIsNotIndexed(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	aged(t, url, 4, "40 days")
	if err := s.CreateCheckpoint(await.Context(t), "marquee-a"); err != nil {
		t.Fatal(err)
	}
	aged(t, url, 5, "8 days")
	wantPruned(t, s, 4, 5)
	storetest.Exec(t, url, `UPDATE checkpoints SET updated = now() - interval '31 days'`)
	wantPruned(t, s, 5, 0)
}

// Several processes prune while editors write and readers follow. Each change is
// pruned once, and a reader that missed changes gets an error.
func TestConcurrentPruning(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	aged(t, url, 2500, "8 days")
	var work sync.WaitGroup
	for range 3 {
		work.Go(func() {
			if _, err := s.Prune(await.Context(t), week); err != nil {
				t.Error(err)
			}
		})
	}
	for range 20 {
		storetest.Create(t, s, storage.Movie, `{"title": "Written meanwhile"}`)
		after, version, err := s.Span(await.Context(t))
		if err != nil {
			t.Fatal(err)
		}
		read, err := s.Changes(await.Context(t), after, 10_000)
		switch {
		case err != nil && storage.CodeOf(err) != storage.Invalid: // pruned in between, and reported
			t.Fatal(err)
		case err == nil && (read.Version < version || len(read.Changes) == 0 || read.Changes[0].Version != after+1):
			t.Fatalf("after version %d the log begins with %+v", after, read.Changes)
		}
	}
	work.Wait()
	after, version, err := s.Span(await.Context(t))
	if err != nil || after != 2500 || version != 2520 {
		t.Errorf("the log goes from %d to %d, %v", after, version, err)
	}
}

package postgres_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
)

// A database that was another one before goes on with versions that nobody has
// seen, once, however many programs open it; its log begins anew, and no index
// follows it.
func TestCopyOfAnEarlierState(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	create(t, s, storage.Movie, `{"title": "Kept"}`)
	for _, index := range []string{"marquee-live", "marquee-building"} {
		if err := s.CreateCheckpoint(deadline(t), index); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, url, `UPDATE checkpoints SET state = 'live' WHERE index = 'marquee-live'`)
	if s.Restarted() {
		t.Error("a new database counts as a copy")
	}
	const first = 1_000_000_001
	for round, become := range []func(){
		func() { exec(t, url, `UPDATE catalogue SET identity = 'another'`) },
		func() {
			if err := s.Restored(deadline(t)); err != nil { // a copy that does not show
				t.Fatal(err)
			}
		},
	} {
		become()
		var opened sync.WaitGroup
		for range 5 {
			opened.Go(func() { openWith(t, url, firstKey).Close() })
		}
		opened.Wait()
		want := int64(first + round*1_000_000_000 + round)
		after, version, err := s.Span(deadline(t))
		if err != nil || after != want || version != want {
			t.Fatalf("the log goes from %d to %d, %v", after, version, err)
		}
		_, err = s.Changes(deadline(t), want-1, 10)
		_ = wantCode(t, err, storage.Invalid)
		written, err := update(t, s, storage.Movie, "1", `{"duration": `+string(rune('1'+round))+`}`)
		if err != nil || written.Version != want+1 {
			t.Fatalf("%+v, %v", written, err)
		}
		if got := log(t, s, want); len(got) != 1 {
			t.Errorf("the log has %v", got)
		}
	}
	c, err := s.Checkpoints(deadline(t))
	if err != nil || len(c.In(storage.Retired)) != 2 || c.All[0].Version != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if v, err := s.IndexedVersion(deadline(t)); err != nil || v != 0 {
		t.Errorf("an index is at version %d, %v", v, err)
	}
	if _, err := s.Prune(deadline(t), week); err != nil {
		t.Error(err)
	}
	var left int
	if err := dial(t, url).QueryRow(deadline(t), `SELECT count(*) FROM changes`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d changes are left, %v", left, err)
	}
}

// A store that is open while a standby takes over uses no version there that the
// lost history may have used, from its first write on.
func TestStandbyTakesOver(t *testing.T) {
	t.Parallel()
	r := devstack.StartReplicated(t)
	if _, err := postgres.Migrate(deadline(t), r.Primary.URL()); err != nil {
		t.Fatal(err)
	}
	address := func(url string) string { return url[strings.Index(url, "@")+1 : strings.Index(url, "/marquee?")] }
	s := openWith(t, strings.Replace(r.Primary.URL(), "/marquee?", ","+address(r.Replica.URL())+"/marquee?target_session_attrs=read-write&", 1), firstKey)
	create(t, s, storage.Movie, `{"title": "Kept"}`)
	untilSo(t, "the standby has it", func() bool {
		var version int
		_ = dial(t, r.Replica.URL()).QueryRow(deadline(t), `SELECT version FROM catalogue`).Scan(&version)
		return version == 1
	})
	r.Replica.Kill()
	create(t, s, storage.Movie, `{"title": "Lost"}`)
	r.Primary.Kill()
	r.Replica.Restart()
	r.Promote()
	var written *edit.Written
	untilSo(t, "it takes writes", func() bool {
		var err error
		written, err = update(t, s, storage.Movie, "1", `{"duration": 90}`)
		return err == nil
	})
	if written.Version != 1_000_000_002 || !s.Restarted() {
		t.Errorf("version %d, restarted: %t", written.Version, s.Restarted())
	}
}

// untilSo asks until it is so.
func untilSo(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx := deadline(t); !so(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("it never comes to this: %s", what)
		}
	}
}

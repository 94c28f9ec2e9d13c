package identity_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// A copy of an earlier state continues with unused versions, once for all programs
// that open it. Its change log starts again, and no index follows it.
func TestCopyOfAnEarlierState(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	storetest.Create(t, s, storage.Movie, `{"title": "Kept"}`)
	for _, index := range []string{"marquee-live", "marquee-building"} {
		if err := s.CreateCheckpoint(await.Context(t), index); err != nil {
			t.Fatal(err)
		}
	}
	storetest.Exec(t, url, `UPDATE checkpoints SET state = 'live' WHERE index = 'marquee-live'`)
	if s.Restarted() {
		t.Error("a new database was taken for a copy")
	}
	const first = 1_000_000_001
	for round, become := range []func(){
		func() { storetest.Exec(t, url, `UPDATE catalogue SET identity = 'another'`) },
		func() {
			if err := s.Restored(await.Context(t)); err != nil { // a copy that cannot be recognized
				t.Fatal(err)
			}
		},
	} {
		become()
		var opened sync.WaitGroup
		for range 5 {
			opened.Go(func() { storetest.Open(t, url, storetest.Key).Close() })
		}
		opened.Wait()
		want := int64(first + round*1_000_000_000 + round)
		after, version, err := s.Span(await.Context(t))
		if err != nil || after != want || version != want {
			t.Fatalf("the log goes from %d to %d, %v", after, version, err)
		}
		_, err = s.Changes(await.Context(t), want-1, 10)
		_ = storetest.WantCode(t, err, storage.Invalid)
		written, err := storetest.Update(t, s, storage.Movie, "1", `{"duration": `+string(rune('1'+round))+`}`)
		if err != nil || written.Version != want+1 {
			t.Fatalf("%+v, %v", written, err)
		}
		if got := storetest.Changes(t, s, want); len(got) != 1 {
			t.Errorf("the log has %v", got)
		}
	}
	c, err := s.Checkpoints(await.Context(t))
	if err != nil || len(c.In(storage.Retired)) != 2 || c.All[0].Version != 0 {
		t.Errorf("%+v, %v", c, err)
	}
	if v, err := s.IndexedVersion(await.Context(t)); err != nil || v != 0 {
		t.Errorf("an index is at version %d, %v", v, err)
	}
	if _, err := s.Prune(await.Context(t), 7*24*time.Hour); err != nil {
		t.Error(err)
	}
	var left int
	if err := storetest.Dial(t, url).QueryRow(await.Context(t), `SELECT count(*) FROM changes`).Scan(&left); err != nil || left != 1 {
		t.Errorf("%d changes are left, %v", left, err)
	}
}

// A store that is open while a standby takes over uses no version that the lost
// history may have used, from its first write on.
func TestStandbyTakesOver(t *testing.T) {
	t.Parallel()
	r := devstack.StartReplicated(t)
	if _, err := postgres.Migrate(await.Context(t), r.Primary.URL()); err != nil {
		t.Fatal(err)
	}
	address := func(url string) string { return url[strings.Index(url, "@")+1 : strings.Index(url, "/marquee?")] }
	s := storetest.Open(t, strings.Replace(r.Primary.URL(), "/marquee?", ","+address(r.Replica.URL())+"/marquee?target_session_attrs=read-write&", 1), storetest.Key)
	storetest.Create(t, s, storage.Movie, `{"title": "Kept"}`)
	until(t, "the standby has it", func() bool {
		var version int
		_ = storetest.Dial(t, r.Replica.URL()).QueryRow(await.Context(t), `SELECT version FROM catalogue`).Scan(&version)
		return version == 1
	})
	r.Replica.Kill()
	storetest.Create(t, s, storage.Movie, `{"title": "Lost"}`)
	r.Primary.Kill()
	r.Replica.Restart()
	r.Promote()
	var written *edit.Written
	until(t, "it takes writes", func() bool {
		var err error
		written, err = storetest.Update(t, s, storage.Movie, "1", `{"duration": 90}`)
		return err == nil
	})
	if written.Version != 1_000_000_002 || !s.Restarted() {
		t.Errorf("version %d, restarted: %t", written.Version, s.Restarted())
	}
}

// until waits for a condition.
func until(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for ctx := await.Context(t); !so(); {
		select {
		case <-tick.C:
		case <-ctx.Done():
			t.Fatalf("timeout while waiting until %s", what)
		}
	}
}

// Databases on one server have different identities. A role without rights can read
// them.
func TestIdentity(t *testing.T) {
	t.Parallel()
	identity := func(s *postgres.Store) string {
		t.Helper()
		id, err := s.Identity(await.Context(t))
		if err != nil || len(id) < 5 || len(id) > 60 {
			t.Fatalf("%q, %v", id, err)
		}
		return id
	}
	s, other := storetest.New(t, devstack.Postgres(t)), storetest.New(t, devstack.Postgres(t))
	first, again := identity(s), identity(s)
	if first != again || first == identity(other) {
		t.Errorf("%s, then %s; another is %s", first, again, identity(other))
	}
}

package postgres_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"marquee/storage"
	"marquee/storage/credential"
	"marquee/storage/postgres"
)

// week is an age at which changes are pruned.
const week = 7 * 24 * time.Hour

// aged writes versions to the log without their objects, each of the age that an
// interval says, after those that are there.
func aged(t testing.TB, url string, versions int, age string) {
	t.Helper()
	exec(t, url, `INSERT INTO changes (version, index, noun, operation, ids, who, at)
		SELECT version + g, i, 'movie', 'import', '{1}', 'test', now() - $2::interval FROM catalogue, generate_series(1, $1) g, generate_series(0, 1) i`, versions, age)
	exec(t, url, `UPDATE catalogue SET version = version + $1`, versions)
}

func openPruned(t testing.TB) (*postgres.Store, string) {
	t.Helper()
	url := migrated(t)
	return openWith(t, url, firstKey), url
}

// wantPruned prunes, and compares how many versions that took and how many are
// left.
func wantPruned(t testing.TB, s *postgres.Store, want, left int64) {
	t.Helper()
	n, err := s.Prune(deadline(t), week)
	if err != nil || n != want {
		t.Errorf("pruned %d versions, want %d; %v", n, want, err)
	}
	after, version, err := s.Span(deadline(t))
	if err != nil || version-after != left {
		t.Errorf("%d versions are left, want %d; %v", version-after, left, err)
	}
	changes, err := s.Changes(deadline(t), after, 10_000)
	if err != nil || int64(len(changes.Changes)) != 2*left {
		t.Errorf("the log is not whole behind %d: %v", after, err)
	}
}

// Whatever is old goes, in as many steps as it takes, and nothing else.
func TestPrune(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	wantPruned(t, s, 0, 0)
	aged(t, url, 1600, "8 days") // two changes each: four steps
	aged(t, url, 3, "6 days")
	wantPruned(t, s, 1600, 3)
	wantPruned(t, s, 0, 3)
	aged(t, url, 2, "8 days") // by a clock that is wrong: the log has no holes
	wantPruned(t, s, 0, 5)
	exec(t, url, `UPDATE changes SET at = at - interval '8 days'`)
	wantPruned(t, s, 5, 0)
}

// What an index has to take yet is kept, unless nobody follows for it any more.
func TestPruneKeepsWhatIsNotIndexed(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	aged(t, url, 4, "40 days")
	if err := s.CreateCheckpoint(deadline(t), "marquee-a"); err != nil {
		t.Fatal(err)
	}
	aged(t, url, 5, "8 days")
	wantPruned(t, s, 4, 5)
	exec(t, url, `UPDATE checkpoints SET updated = now() - interval '31 days'`)
	wantPruned(t, s, 5, 0)
}

// Several processes prune while editors write and readers follow: together they
// take everything once, and no reader misses anything without being told.
func TestPruneTogether(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	aged(t, url, 2500, "8 days")
	var work sync.WaitGroup
	for range 3 {
		work.Go(func() {
			if _, err := s.Prune(deadline(t), week); err != nil {
				t.Error(err)
			}
		})
	}
	for range 20 {
		create(t, s, storage.Movie, `{"title": "Written meanwhile"}`)
		after, version, err := s.Span(deadline(t))
		if err != nil {
			t.Fatal(err)
		}
		read, err := s.Changes(deadline(t), after, 10_000)
		switch {
		case err != nil && storage.CodeOf(err) != storage.Invalid: // pruned in between, and told
			t.Fatal(err)
		case err == nil && (read.Version < version || len(read.Changes) == 0 || read.Changes[0].Version != after+1):
			t.Fatalf("behind %d the log begins with %+v", after, read.Changes)
		}
	}
	work.Wait()
	after, version, err := s.Span(deadline(t))
	if err != nil || after != 2500 || version != 2520 {
		t.Errorf("the log goes from %d to %d, %v", after, version, err)
	}
}

// Events go with the states that they replaced when they are old; the present
// states stay.
func TestPruneHistory(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	id := create(t, s, storage.Movie, `{"title": "One"}`).ID
	for _, title := range []string{"Two", "Three"} {
		if _, err := update(t, s, storage.Movie, id, `{"title": "`+title+`"}`); err != nil {
			t.Fatal(err)
		}
	}
	exec(t, url, `INSERT INTO history (noun, object_id, version, operation, who, at, fields)
		SELECT 'movie', '9', g, 'create', 'test', now() - interval '8 days', '{}' FROM generate_series(1, 2500) g`)
	exec(t, url, `UPDATE history SET at = now() - interval '8 days' WHERE version <= 2`)
	exec(t, url, `INSERT INTO deleted (noun, object_id, owner, version, total, at)
		SELECT 'movie', g::text, 'ann', g, g, now() - g * interval '1 day' FROM unnest(ARRAY[1, 8, 9]) g`)
	if n, err := s.PruneHistory(deadline(t), week); err != nil || n != 2502 {
		t.Errorf("pruned %d events, %v", n, err)
	}
	var notes int
	if err := dial(t, url).QueryRow(deadline(t), `SELECT count(*) FROM deleted`).Scan(&notes); err != nil || notes != 1 {
		t.Errorf("%d deleted objects are noted, %v", notes, err)
	}
	events := history(t, s, storage.Movie, id, 0, 10)
	if len(events) != 1 || events[0].Version != 3 {
		t.Errorf("%+v", events)
	}
	if revision(t, s, id, 3) != "Three" || revision(t, s, id, 2) != "Two" { // what the young event replaced
		t.Error("states that were young are gone")
	}
	_, err := s.Revision(deadline(t), storage.Movie, id, 1)
	_ = wantCode(t, err, storage.NotFound)
	if n, err := s.PruneHistory(deadline(t), week); err != nil || n != 0 {
		t.Errorf("pruned %d events again, %v", n, err)
	}
}

// An app can have only so many request tokens at a time, and others are not held
// up by it.
func TestRequestTokensAreBounded(t *testing.T) {
	t.Parallel()
	s, url := openPruned(t)
	app, other := createApp(t, s, "player", credential.Editor), createApp(t, s, "other", credential.Editor)
	exec(t, url, `INSERT INTO request_tokens (token, app_id, secret, callback, expires)
		SELECT g::text, id, '', 'oob', now() + interval '1 minute' FROM apps, generate_series(1, 1000) g WHERE name = 'player'`)
	_, _, err := s.CreateRequestToken(deadline(t), app.ConsumerKey, "oob", time.Minute)
	if e := wantCode(t, err, storage.Unavailable); e != nil && !strings.Contains(e.Detail, "1000 request tokens") {
		t.Error(e.Detail)
	}
	requestToken(t, s, other)
	exec(t, url, `UPDATE request_tokens SET expires = now() WHERE token = '7'`)
	requestToken(t, s, app)
}

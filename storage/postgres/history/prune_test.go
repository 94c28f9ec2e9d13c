package history_test

import (
	"testing"
	"time"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres/storetest"
)

// week is an age at which events are pruned.
const week = 7 * 24 * time.Hour

// Old events are deleted with the states that they replaced. Present states stay.
func TestPruneHistory(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	id := storetest.Create(t, s, storage.Movie, `{"title": "One"}`).ID
	for _, title := range []string{"Two", "Three"} {
		if _, err := storetest.Update(t, s, storage.Movie, id, `{"title": "`+title+`"}`); err != nil {
			t.Fatal(err)
		}
	}
	storetest.Exec(t, url, `INSERT INTO history (noun, object_id, version, operation, who, at, fields)
		SELECT 'movie', '9', g, 'create', 'test', now() - interval '8 days', '{}' FROM generate_series(1, 2500) g`)
	storetest.Exec(t, url, `UPDATE history SET at = now() - interval '8 days' WHERE version <= 2`)
	storetest.Exec(t, url, `INSERT INTO deleted (noun, object_id, owner, version, total, at)
		SELECT 'movie', g::text, 'ann', g, g, now() - g * interval '1 day' FROM unnest(ARRAY[1, 8, 9]) g`)
	if n, err := s.PruneHistory(await.Context(t), week); err != nil || n != 2502 {
		t.Errorf("pruned %d events, %v", n, err)
	}
	var notes int
	if err := storetest.Dial(t, url).QueryRow(await.Context(t), `SELECT count(*) FROM deleted`).Scan(&notes); err != nil || notes != 1 {
		t.Errorf("%d deleted objects are recorded, %v", notes, err)
	}
	events := history(t, s, storage.Movie, id, 0, 10)
	if len(events) != 1 || events[0].Version != 3 {
		t.Errorf("%+v", events)
	}
	if revision(t, s, id, 3) != "Three" || revision(t, s, id, 2) != "Two" { // the young event replaced it
		t.Error("young states were pruned")
	}
	_, err := s.Revision(await.Context(t), storage.Movie, id, 1)
	_ = storetest.WantCode(t, err, storage.NotFound)
	if n, err := s.PruneHistory(await.Context(t), week); err != nil || n != 0 {
		t.Errorf("pruned %d events again, %v", n, err)
	}
}

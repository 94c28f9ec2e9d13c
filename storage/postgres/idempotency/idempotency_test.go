package idempotency_test

import (
	"strings"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres/storetest"
)

// While a creation with a key waits for other writers, a repetition fails at once.
// Afterwards a repetition gets the reply of the first.
func TestIdempotencyKeyInFlight(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	writer, watcher := storetest.Dial(t, url), storetest.Dial(t, url)
	held, err := writer.Begin(await.Context(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.Exec(await.Context(t), `UPDATE catalogue SET version = version`); err != nil {
		t.Fatal(err)
	}
	w := &edit.Write{Operation: storage.Create, Noun: storage.Movie, Who: "anna", Edit: storetest.Edit(t, storage.Movie, `{"title": "Once"}`),
		Idempotency: &edit.Idempotency{Key: "k", Digest: []byte("one")}}
	var first *edit.Written
	done := make(chan error, 1)
	go func() {
		out, err := s.Write(await.Context(t), w)
		first = out
		done <- err
	}()
	for waiting := 0; waiting == 0; {
		err := watcher.QueryRow(await.Context(t), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`).Scan(&waiting)
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = s.Write(await.Context(t), w)
	if e := storetest.WantCode(t, err, storage.Conflict); e != nil && !strings.Contains(e.Detail, "in flight") {
		t.Error(e.Detail)
	}
	if err := held.Rollback(await.Context(t)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	again, err := s.Write(await.Context(t), w)
	if err != nil || !again.Replayed || again.Object.ID != first.Object.ID {
		t.Errorf("%+v, %v", again, err)
	}
}

// A repeated creation gets the reply of the first; keys of other users differ.
func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	w := &edit.Write{Operation: storage.Create, Noun: storage.Movie, Who: "anna", Edit: storetest.Edit(t, storage.Movie, `{"title": "Once"}`),
		Idempotency: &edit.Idempotency{Key: "k", Digest: []byte("one")}}
	first, err := s.Write(await.Context(t), w)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := storetest.Update(t, s, storage.Movie, first.Object.ID, `{"title": "Changed since"}`); err != nil {
		t.Fatal(err)
	}
	again, err := s.Write(await.Context(t), w)
	if err != nil {
		t.Fatal(err)
	}
	if !again.Replayed || string(again.Object.Body) != string(first.Object.Body) || again.Object.Version != first.Object.Version {
		t.Errorf("replayed %+v, first %+v", again.Object, first.Object)
	}
	w.Idempotency.Digest = []byte("two")
	_, err = s.Write(await.Context(t), w)
	_ = storetest.WantCode(t, err, storage.KeyReused)
	w.Who = "bert"
	if other, err := s.Write(await.Context(t), w); err != nil || other.Replayed {
		t.Errorf("another user with the same key: %+v, %v", other, err)
	}
}

package write_test

import (
	"fmt"
	"sync"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// Sixteen editors write the same and different movies. No update is lost, versions
// have no gaps, and nothing deadlocks.
func TestSixteenEditors(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	const editors, rounds = 16, 12
	shared := storetest.Create(t, s, storage.Movie, `{"title": "Shared", "duration": 0}`)
	ctx := await.Context(t)
	var wg sync.WaitGroup
	for e := range editors {
		wg.Go(func() {
			own := storetest.Create(t, s, storage.Movie, fmt.Sprintf(`{"title": "Own %d", "starring": [{"name": "Star"}], "genres": [{"name": "Drama"}]}`, e))
			for i := range rounds {
				if _, err := storetest.Update(t, s, storage.Movie, own.ID, fmt.Sprintf(`{"duration": %d}`, i+1)); err != nil {
					t.Error(err)
				}
				for increment(t, s, shared.ID) != nil {
					if ctx.Err() != nil {
						t.Error("the shared movie could not be incremented in time")
						return
					}
				}
			}
		})
	}
	wg.Wait()
	o, err := s.Get(ctx, storage.Movie, shared.ID, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := storetest.Fields(t, o)["duration"]; got != float64(editors*rounds) {
		t.Errorf("the duration is %v, want %d increments", got, editors*rounds)
	}
	storetest.WantNoGaps(t, s)
}

// increment adds one to a movie's duration. It fails if the movie has changed in
// between.
func increment(t *testing.T, s *postgres.Store, id string) error {
	o, err := s.Get(await.Context(t), storage.Movie, id, nil)
	if err != nil {
		return err
	}
	n := storetest.Fields(t, o)["duration"].(float64)
	_, err = s.Write(await.Context(t), &edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: id, Condition: edit.Condition{Match: []int64{o.Version}},
		Edit: storetest.Edit(t, storage.Movie, fmt.Sprintf(`{"duration": %d}`, int(n)+1))})
	return err
}

package postgres_test

import (
	"fmt"
	"sync"
	"testing"

	"marquee/storage"
	"marquee/storage/edit"
	"marquee/storage/postgres"
)

// Sixteen editors write the same and different movies: no update is lost, the
// versions have no gaps, and nobody waits for ever.
func TestSixteenEditors(t *testing.T) {
	t.Parallel()
	s := open(t)
	const editors, rounds = 16, 12
	shared := create(t, s, storage.Movie, `{"title": "Shared", "duration": 0}`)
	ctx := deadline(t)
	var wg sync.WaitGroup
	for e := range editors {
		wg.Go(func() {
			own := create(t, s, storage.Movie, fmt.Sprintf(`{"title": "Own %d", "starring": [{"name": "Star"}], "genres": [{"name": "Drama"}]}`, e))
			for i := range rounds {
				if _, err := update(t, s, storage.Movie, own.ID, fmt.Sprintf(`{"duration": %d}`, i+1)); err != nil {
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
	if got := fields(t, o)["duration"]; got != float64(editors*rounds) {
		t.Errorf("%v increments of %d arrived", got, editors*rounds)
	}
	wantNoGaps(t, s)
}

// increment adds one to a movie's duration if nobody else did meanwhile.
func increment(t *testing.T, s *postgres.Store, id string) error {
	o, err := s.Get(deadline(t), storage.Movie, id, nil)
	if err != nil {
		return err
	}
	n := fields(t, o)["duration"].(float64)
	_, err = s.Write(deadline(t), &edit.Write{Operation: storage.Update, Noun: storage.Movie, ID: id, IfMatch: []int64{o.Version},
		Edit: parseEdit(t, storage.Movie, fmt.Sprintf(`{"duration": %d}`, int(n)+1))})
	return err
}

// wantNoGaps fails unless the log holds every version up to the catalogue's.
func wantNoGaps(t testing.TB, s *postgres.Store) {
	t.Helper()
	var last int64
	for {
		c, err := s.Changes(deadline(t), last, 500)
		if err != nil {
			t.Fatal(err)
		}
		for _, change := range c.Changes {
			if change.Version != last && change.Version != last+1 {
				t.Fatalf("version %d follows %d", change.Version, last)
			}
			last = change.Version
		}
		if len(c.Changes) == 0 {
			if last != c.Version {
				t.Fatalf("the log ends at %d, the catalogue is at %d", last, c.Version)
			}
			return
		}
	}
}

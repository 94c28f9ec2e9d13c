package flush_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/postgres"
	"marquee/storage/postgres/storetest"
)

// voter votes for films, repeats votes without an answer, and returns its last vote
// for each film. Answered votes must not be lost.
func voter(ctx context.Context, t *testing.T, s *postgres.Store, user string, films []string) map[string]storage.Vote {
	t.Helper()
	last := map[string]storage.Vote{}
	for range 30 {
		id, v := films[rand.IntN(len(films))], storage.Vote(rand.IntN(3)-1)
		for err := s.Vote(ctx, storage.Movie, id, user, v); err != nil; err = s.Vote(ctx, storage.Movie, id, user, v) {
			if storage.CodeOf(err) != storage.Unavailable || ctx.Err() != nil {
				t.Errorf("%s: %v", user, err)
				return last
			}
		}
		last[id] = v
	}
	return last
}

// Two processes flush the votes of several users while their connections are cut.
// In the end each vote counts once.
func TestVotesSurviveCutConnections(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	stores := []*postgres.Store{storetest.Open(t, url, storetest.Key), storetest.Open(t, url, storetest.Key)}
	killer := storetest.Dial(t, url)
	ctx := await.Context(t)
	var films []string
	for range 4 {
		films = append(films, storetest.Create(t, stores[0], storage.Movie, `{"title": "A"}`).ID)
	}
	const voters = 6
	var voting, others sync.WaitGroup
	results := make([]map[string]storage.Vote, voters)
	for i := range voters {
		voting.Go(func() { results[i] = voter(ctx, t, stores[i%2], fmt.Sprint("user", i), films) })
	}
	ended, end := context.WithCancel(ctx)
	for _, s := range stores {
		others.Go(func() {
			for ended.Err() == nil {
				if _, err := s.FlushCounters(ctx); err != nil && storage.CodeOf(err) != storage.Unavailable {
					t.Error(err)
				}
			}
		})
	}
	cut := 0
	others.Go(func() {
		for ended.Err() == nil {
			var n int
			err := killer.QueryRow(ctx, `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity, pg_sleep(0.02)
				WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()`).Scan(&n)
			if err != nil {
				t.Error(err)
			}
			cut += n
		}
	})
	voting.Wait()
	end()
	others.Wait()
	after := storetest.Open(t, url, storetest.Key) // the other pools still have cut connections
	storetest.Flush(t, after)
	want := map[string][3]int{}
	for _, last := range results {
		for id, v := range last {
			c := want[id]
			switch v {
			case storage.Like:
				c[0]++
			case storage.Dislike:
				c[1]++
			}
			want[id] = c
		}
	}
	for _, id := range films {
		if got := storetest.Counters(t, after, storage.Movie, id); got != want[id] {
			t.Errorf("film %s has %v, want %v", id, got, want[id])
		}
	}
	if cut == 0 {
		t.Error("no connection was cut")
	}
}

// Films are deleted during votes, views and flushes. Nothing deadlocks, and the
// counters of the other films are exact.
func TestDeletionsDuringFlushes(t *testing.T) {
	t.Parallel()
	s := storetest.New(t, devstack.Postgres(t))
	ctx := await.Context(t)
	var films []string
	for range 20 {
		films = append(films, storetest.Create(t, s, storage.Movie, `{"title": "A"}`).ID)
	}
	var wg sync.WaitGroup
	for v := range 4 {
		wg.Go(func() {
			for _, id := range films {
				if err := s.Vote(ctx, storage.Movie, id, fmt.Sprint("user", v), storage.Like); err != nil && storage.CodeOf(err) != storage.NotFound {
					t.Error(err)
				}
				if err := s.AddViews(ctx, storage.Movie, map[string]int64{id: 1}); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			for range 10 {
				if _, err := s.FlushCounters(ctx); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Go(func() {
		for i := 0; i < len(films); i += 2 {
			if err := storetest.Delete(t, s, storage.Movie, films[i], false); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	storetest.Flush(t, s)
	for i := 1; i < len(films); i += 2 {
		if got := storetest.Counters(t, s, storage.Movie, films[i]); got != [3]int{4, 0, 4} {
			t.Errorf("film %s has %v, want 4 likes and 4 views", films[i], got)
		}
	}
}

// A flush takes more votes and views than fit into one transaction.
func TestFlushTakesAll(t *testing.T) {
	t.Parallel()
	url := storetest.Migrate(t, devstack.Postgres(t))
	s := storetest.Open(t, url, storetest.Key)
	id := storetest.Create(t, s, storage.Episode, fmt.Sprintf(`{"season_id": %q, "number": 1, "title": "E"}`,
		storetest.Create(t, s, storage.Season, fmt.Sprintf(`{"serie_id": %q, "number": 1}`, storetest.Create(t, s, storage.Serie, `{"title": "S"}`).ID)).ID)).ID
	storetest.Exec(t, url, `INSERT INTO counts (noun, id, views) SELECT 'episode', $1::text::bigint, 2 FROM generate_series(1, 12001)`, id)
	if touched := storetest.Flush(t, s); touched != 3 {
		t.Errorf("touched %d objects, want 3", touched)
	}
	if got := storetest.Counters(t, s, storage.Episode, id); got != [3]int{0, 0, 24002} {
		t.Errorf("counters %v, want 24002 views", got)
	}
}

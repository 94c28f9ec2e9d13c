package postgres_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"marquee/storage"
	"marquee/storage/postgres"
)

// voter votes for films again and again, repeats what was not answered, and
// knows in the end what it thinks of each: an answered vote is never lost.
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

// Votes of many, flushed by two processes at once whose connections are cut
// again and again, are all there in the end, each once.
func TestVotesSurviveCutConnections(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	stores := []*postgres.Store{openWith(t, url, firstKey), openWith(t, url, firstKey)}
	killer := dial(t, url)
	ctx := deadline(t)
	var films []string
	for range 4 {
		films = append(films, create(t, stores[0], storage.Movie, `{"title": "A"}`).ID)
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
	after := openWith(t, url, firstKey) // the pools of the others still hold cut connections
	flush(t, after)
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
		if got := counters(t, after, storage.Movie, id); got != want[id] {
			t.Errorf("film %s has %v, want %v", id, got, want[id])
		}
	}
	if cut == 0 {
		t.Error("no connection was cut")
	}
}

// Films are deleted while they are voted for, watched and counted: nobody waits
// for ever, and what is left is exact.
func TestDeletionsWhileCounting(t *testing.T) {
	t.Parallel()
	s := open(t)
	ctx := deadline(t)
	var films []string
	for range 20 {
		films = append(films, create(t, s, storage.Movie, `{"title": "A"}`).ID)
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
			if err := remove(t, s, storage.Movie, films[i], false); err != nil {
				t.Error(err)
			}
		}
	})
	wg.Wait()
	flush(t, s)
	for i := 1; i < len(films); i += 2 {
		if got := counters(t, s, storage.Movie, films[i]); got != [3]int{4, 0, 4} {
			t.Errorf("film %s has %v", films[i], got)
		}
	}
}

// More waits than one transaction takes.
func TestFlushTakesAll(t *testing.T) {
	t.Parallel()
	url := migrated(t)
	s := openWith(t, url, firstKey)
	id := create(t, s, storage.Episode, fmt.Sprintf(`{"season_id": %q, "number": 1, "title": "E"}`,
		create(t, s, storage.Season, fmt.Sprintf(`{"serie_id": %q, "number": 1}`, create(t, s, storage.Serie, `{"title": "S"}`).ID)).ID)).ID
	exec(t, url, `INSERT INTO counts (noun, id, views) SELECT 'episode', $1::text::bigint, 2 FROM generate_series(1, 12001)`, id)
	if touched := flush(t, s); touched != 3 {
		t.Errorf("touched %d", touched)
	}
	if got := counters(t, s, storage.Episode, id); got != [3]int{0, 0, 24002} {
		t.Errorf("counters %v", got)
	}
}

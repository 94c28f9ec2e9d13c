package fault_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"marquee/deploy/await"

	"github.com/jackc/pgx/v5"

	"marquee/cmd/test/fixture"
	"marquee/storage"
	"marquee/storage/counter"
)

const (
	killedRounds = 3
	voterCount   = 6
	// countEvery is the interval between two votes or views of a client.
	countEvery = 5 * time.Millisecond
	// flushWindow is the largest age of a view that a killed process loses: one
	// interval, and the duration of two flushes on a busy machine.
	flushWindow = counter.DefaultEvery + 5*time.Second
)

// A killed process loses no acknowledged vote, and at most the views of one flush. The
// other process loses nothing. The remaining votes and views give the same counters in
// PostgreSQL, in replies and in the index.
func TestKilledCounters(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	survivor := fixture.Serve(t, e, "--log-level", "error")
	survivor.Token = fixture.NewToken(t, e)
	films := make([]string, 12)
	for i := range films {
		films[i] = survivor.Post(t, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Film %d","genres":[{"name":"Drama"}]}}`, i)).At(t, "movie.id")
	}
	// Votes are for the later films. Views of each process are for one film of its own.
	votedFor, ofSurvivor, ofVictim := films[2:], films[0], films[1]
	voters := make([]*voter, voterCount)
	for i := range voters {
		name := fmt.Sprint("user", i)
		voters[i] = &voter{name: name, token: fixture.NewToken(t, e, "--user", name), films: votedFor, random: rand.New(rand.NewPCG(uint64(i), 7)), possible: map[string][]storage.Vote{}}
	}
	var kept, unsure, mayBeLost, acknowledged int64
	for range killedRounds {
		victim, killed := fixture.ServeChild(t, e, "--log-level", "error")
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		for _, v := range voters {
			group.Go(func() { v.vote(ctx, killed, survivor.Site) })
		}
		lost, safe := &viewer{Site: killed.Public(), film: ofVictim}, &viewer{Site: survivor.Public(), film: ofSurvivor}
		group.Go(func() { lost.view(ctx) })
		group.Go(func() { safe.view(ctx) })
		life := time.NewTimer(flushWindow + rand.N(counter.DefaultEvery))
		<-life.C
		at := time.Now()
		victim.Kill(t)
		cancel()
		group.Wait()
		acknowledged += int64(len(lost.counted))
		unsure += lost.broken
		mayBeLost += lost.since(at.Add(-flushWindow))
		kept += int64(len(safe.counted))
		if len(lost.counted) == 0 || safe.broken > 0 {
			t.Fatalf("got %d views of the killed process, %d requests of the other without a reply; want some, none", len(lost.counted), safe.broken)
		}
	}
	conn, err := pgx.Connect(t.Context(), e["MARQUEE_DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	sums, views := checkVotes(t, conn, voters), viewsOf(t, conn, ofVictim)
	await.Nil(t, func() error {
		return countsAre(t, survivor.Site, sums, map[string]int64{ofSurvivor: kept, ofVictim: views})
	})
	if views < acknowledged-mayBeLost || views > acknowledged+unsure {
		t.Errorf("got %d views; want %d acknowledged ones, of which %d may be lost, and up to %d without a reply", views, acknowledged, mayBeLost, unsure)
	}
	t.Logf("%d votes; %d of %d views lost, at most %d allowed", acknowledgedBy(voters), acknowledged-views, acknowledged, mayBeLost)
}

// voter is a user who votes through two processes, and records the acknowledged votes.
type voter struct {
	name, token string
	films       []string
	random      *rand.Rand
	// possible has the acknowledged vote for each film, and after it the vote of a
	// request without a reply.
	possible     map[string][]storage.Vote
	acknowledged int
	err          error // an unexpected reply
}

// votes has the requests for each vote.
var votes = map[storage.Vote][2]string{
	storage.Like: {http.MethodPut, "like"}, storage.Dislike: {http.MethodPut, "dislike"}, storage.None: {http.MethodDelete, "vote"},
}

// vote votes until the killed process does not answer. It does not vote again for a film
// with two possible votes.
func (v *voter) vote(ctx context.Context, processes ...fixture.Site) {
	pause := time.NewTicker(countEvery)
	defer pause.Stop()
	for ; ctx.Err() == nil && v.err == nil; <-pause.C {
		film := v.films[v.random.IntN(len(v.films))]
		if len(v.possible[film]) > 1 {
			continue
		}
		vote := storage.Vote(v.random.IntN(3) - 1)
		s := fixture.Site{Base: processes[v.random.IntN(len(processes))].Base, Token: v.token}
		a, err := s.Send(context.WithoutCancel(ctx), votes[vote][0], "/2.0/movies/"+film+"/"+votes[vote][1], "")
		switch {
		case err != nil:
			before := storage.None
			if known := v.possible[film]; len(known) > 0 {
				before = known[0]
			}
			v.possible[film] = []storage.Vote{before, vote}
			return
		case a.Status != http.StatusNoContent:
			v.err = fmt.Errorf("%s: got %d %s, want 204", v.name, a.Status, a.Body)
		default:
			v.possible[film] = []storage.Vote{vote}
			v.acknowledged++
		}
	}
}

func acknowledgedBy(voters []*voter) int {
	n := 0
	for _, v := range voters {
		n += v.acknowledged
	}
	return n
}

// viewer counts views of one film through one process.
type viewer struct {
	fixture.Site
	film    string
	counted []time.Time // times of acknowledgement
	broken  int64       // requests without a reply
}

func (v *viewer) view(ctx context.Context) {
	pause := time.NewTicker(countEvery)
	defer pause.Stop()
	for ; ctx.Err() == nil; <-pause.C {
		if a, err := v.Send(context.WithoutCancel(ctx), http.MethodPost, "/2.0/movies/"+v.film+"/views", ""); err != nil || a.Status != http.StatusNoContent {
			v.broken++
			return
		}
		v.counted = append(v.counted, time.Now())
	}
}

// since returns the number of views acknowledged after a time.
func (v *viewer) since(at time.Time) int64 {
	i, _ := slices.BinarySearchFunc(v.counted, at, time.Time.Compare)
	return int64(len(v.counted) - i)
}

// checkVotes checks that PostgreSQL has the last acknowledged votes, and returns their
// numbers of likes and dislikes by film.
func checkVotes(t *testing.T, conn *pgx.Conn, voters []*voter) map[string][2]int64 {
	t.Helper()
	rows, err := conn.Query(t.Context(), `SELECT id::text, user_name, value FROM movie_votes`)
	if err != nil {
		t.Fatal(err)
	}
	stored := map[string]map[string]storage.Vote{}
	sums := map[string][2]int64{}
	var film, user string
	var vote storage.Vote
	if _, err := pgx.ForEachRow(rows, []any{&film, &user, &vote}, func() error {
		if stored[user] == nil {
			stored[user] = map[string]storage.Vote{}
		}
		stored[user][film] = vote
		sum := sums[film]
		if vote == storage.Like {
			sum[0]++
		} else {
			sum[1]++
		}
		sums[film] = sum
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	for _, v := range voters {
		if v.err != nil {
			t.Error(v.err)
		}
		for film, possible := range v.possible {
			if got := stored[v.name][film]; !slices.Contains(possible, got) {
				t.Errorf("the vote of %s for film %s: got %d, want one of %v", v.name, film, got, possible)
			}
		}
	}
	return sums
}

// viewsOf returns the number of views of a film in PostgreSQL, flushed or not.
func viewsOf(t *testing.T, conn *pgx.Conn, film string) (n int64) {
	t.Helper()
	err := conn.QueryRow(t.Context(), `SELECT sum(views) FROM (SELECT views FROM movie_counters WHERE id = $1::text::bigint
		UNION ALL SELECT views FROM counts WHERE noun = 'movie' AND id = $1::text::bigint) AS v`, film).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// countsAre returns an error unless films, and a list that the index answers, show the
// votes and views.
func countsAre(t *testing.T, s fixture.Site, votes map[string][2]int64, views map[string]int64) error {
	t.Helper()
	list := s.Get(t, "/2.0/movies?genres=drama&limit=100")
	if list.At(t, "meta.index_version") == "<nil>" {
		return fmt.Errorf("the index does not answer the list")
	}
	for i := range list.Number(t, "meta.total") {
		id := list.At(t, fmt.Sprintf("movies.%d.id", i))
		one := s.Get(t, "/2.0/movies/"+id)
		for place, a := range map[string]*fixture.Answer{"movie": one, fmt.Sprintf("movies.%d", i): list} {
			got := [2]int64{a.Number(t, place+".likes"), a.Number(t, place+".dislikes")}
			if got != votes[id] {
				return fmt.Errorf("film %s in %s: got %v likes and dislikes, want %v", id, place, got, votes[id])
			}
			if want, known := views[id]; known && a.Number(t, place+".views") != want {
				return fmt.Errorf("film %s in %s: got %s views, want %d", id, place, a.At(t, place+".views"), want)
			}
		}
	}
	return nil
}

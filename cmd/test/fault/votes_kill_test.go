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

	"github.com/jackc/pgx/v5"

	"marquee/cmd/test/fixture"
	"marquee/storage"
	"marquee/storage/counter"
)

const (
	killedRounds = 3
	voterCount   = 6
	// countEvery is how often each of them votes or views.
	countEvery = 5 * time.Millisecond
	// flushWindow is how old a view may be that a killed process has not written:
	// one interval, and the time that two flushes may take on a busy machine.
	flushWindow = counter.DefaultEvery + 5*time.Second
)

// A process that is killed loses no vote that it acknowledged, and of the views
// those of one flush at most; the other process loses nothing. What is left adds
// up to the same numbers in PostgreSQL, in answers and in the index.
func TestKilledCounters(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	survivor := fixture.Serve(t, e, "--log-level", "error")
	survivor.Token = fixture.NewToken(t, e)
	films := make([]string, 12)
	for i := range films {
		films[i] = survivor.Post(t, "/2.0/movies", fmt.Sprintf(`{"movie":{"title":"Film %d","genres":[{"name":"Drama"}]}}`, i)).At(t, "movie.id")
	}
	// The votes are for the first films, the views of each process for one of its own.
	votedFor, ofSurvivor, ofVictim := films[2:], films[0], films[1]
	voters := make([]*voter, voterCount)
	for i := range voters {
		name := fmt.Sprint("user", i)
		voters[i] = &voter{name: name, token: fixture.NewToken(t, e, "--user", name), films: votedFor, random: rand.New(rand.NewPCG(uint64(i), 7)), thinks: map[string][]storage.Vote{}}
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
			t.Fatalf("%d views of the process that was killed, %d requests without an answer of the other", len(lost.counted), safe.broken)
		}
	}
	conn, err := pgx.Connect(t.Context(), e["MARQUEE_DATABASE_URL"])
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	sums, views := checkVotes(t, conn, voters), viewsOf(t, conn, ofVictim)
	fixture.Eventually(t, func() error {
		return countsAre(t, survivor.Site, sums, map[string]int64{ofSurvivor: kept, ofVictim: views})
	})
	if views < acknowledged-mayBeLost || views > acknowledged+unsure {
		t.Errorf("%d views are counted of %d that were acknowledged, of which %d may be lost, and %d without an answer", views, acknowledged, mayBeLost, unsure)
	}
	t.Logf("%d votes; %d of %d views are lost, %d might be", acknowledgedBy(voters), acknowledged-views, acknowledged, mayBeLost)
}

// voter is a user who votes through two processes, and remembers what was
// acknowledged.
type voter struct {
	name, token string
	films       []string
	random      *rand.Rand
	// thinks is the acknowledged vote for each film, and behind it one whose request
	// had no answer.
	thinks       map[string][]storage.Vote
	acknowledged int
	strange      error
}

// votes are the requests by which a user votes.
var votes = map[storage.Vote][2]string{
	storage.Like: {http.MethodPut, "like"}, storage.Dislike: {http.MethodPut, "dislike"}, storage.None: {http.MethodDelete, "vote"},
}

// vote goes on until the process to be killed does not answer. A film whose vote
// is not sure is left alone from then on.
func (v *voter) vote(ctx context.Context, processes ...fixture.Site) {
	pause := time.NewTicker(countEvery)
	defer pause.Stop()
	for ; ctx.Err() == nil && v.strange == nil; <-pause.C {
		film := v.films[v.random.IntN(len(v.films))]
		if len(v.thinks[film]) > 1 {
			continue
		}
		vote := storage.Vote(v.random.IntN(3) - 1)
		s := fixture.Site{Base: processes[v.random.IntN(len(processes))].Base, Token: v.token}
		a, err := s.Send(context.WithoutCancel(ctx), votes[vote][0], "/2.0/movies/"+film+"/"+votes[vote][1], "")
		switch {
		case err != nil:
			before := storage.None
			if known := v.thinks[film]; len(known) > 0 {
				before = known[0]
			}
			v.thinks[film] = []storage.Vote{before, vote}
			return
		case a.Status != http.StatusNoContent:
			v.strange = fmt.Errorf("%s: %d %s", v.name, a.Status, a.Body)
		default:
			v.thinks[film] = []storage.Vote{vote}
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
	counted []time.Time // when each was acknowledged
	broken  int64
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

// since is how many views were acknowledged after a time.
func (v *viewer) since(at time.Time) int64 {
	i, _ := slices.BinarySearchFunc(v.counted, at, time.Time.Compare)
	return int64(len(v.counted) - i)
}

// checkVotes checks that the table has every vote as it was acknowledged last, and
// returns what it adds up to, by film.
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
		if v.strange != nil {
			t.Error(v.strange)
		}
		for film, thought := range v.thinks {
			if got := stored[v.name][film]; !slices.Contains(thought, got) {
				t.Errorf("%s's vote for film %s is %d, acknowledged was %v", v.name, film, got, thought)
			}
		}
	}
	return sums
}

// viewsOf is how many views of a film PostgreSQL has, added up or not.
func viewsOf(t *testing.T, conn *pgx.Conn, film string) (n int64) {
	t.Helper()
	err := conn.QueryRow(t.Context(), `SELECT sum(views) FROM (SELECT views FROM movie_counters WHERE id = $1::text::bigint
		UNION ALL SELECT views FROM counts WHERE noun = 'movie' AND id = $1::text::bigint) AS v`, film).Scan(&n)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// countsAre is nil when films, and a list that the index answers, show the votes
// and views.
func countsAre(t *testing.T, s fixture.Site, votes map[string][2]int64, views map[string]int64) error {
	t.Helper()
	list := s.Get(t, "/2.0/movies?genres=drama&limit=100")
	if list.At(t, "meta.index_version") == "<nil>" {
		return fmt.Errorf("the index does not answer")
	}
	for i := range list.Number(t, "meta.total") {
		id := list.At(t, fmt.Sprintf("movies.%d.id", i))
		one := s.Get(t, "/2.0/movies/"+id)
		for place, a := range map[string]*fixture.Answer{"movie": one, fmt.Sprintf("movies.%d", i): list} {
			got := [2]int64{a.Number(t, place+".likes"), a.Number(t, place+".dislikes")}
			if got != votes[id] {
				return fmt.Errorf("film %s has %v likes and dislikes in %s, want %v", id, got, place, votes[id])
			}
			if want, known := views[id]; known && a.Number(t, place+".views") != want {
				return fmt.Errorf("film %s has %s views in %s, want %d", id, a.At(t, place+".views"), place, want)
			}
		}
	}
	return nil
}

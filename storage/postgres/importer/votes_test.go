package importer_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strconv"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"marquee/deploy/await"
	"marquee/deploy/devstack"
	"marquee/storage"
	"marquee/storage/incoming"
	"marquee/storage/postgres"
	"marquee/storage/postgres/importer"
	"marquee/storage/postgres/storetest"
)

// tally counts likes and dislikes by the key of a film.
type tally map[string][2]int

// add counts a vote.
func (c tally) add(key string, v storage.Vote) {
	n := c[key]
	switch v {
	case storage.Like:
		n[0]++
	case storage.Dislike:
		n[1]++
	default:
		return
	}
	c[key] = n
}

// total returns the sums of likes and dislikes.
func (c tally) total() (likes, dislikes int) {
	for _, n := range c {
		likes, dislikes = likes+n[0], dislikes+n[1]
	}
	return likes, dislikes
}

// counted returns the counters and the votes in the database at url, by the key of the film
// in a source.
func counted(t testing.TB, url, source string) (counters, votes tally) {
	t.Helper()
	conn, out := storetest.Dial(t, url), [2]tally{}
	for i, sql := range []string{
		`SELECT s.key, c.likes, c.dislikes FROM movie_counters c JOIN sources s ON s.object_id = c.id::text WHERE s.source = $1 AND s.noun = 'movie' AND c.likes + c.dislikes > 0`,
		`SELECT s.key, count(*) FILTER (WHERE value = 1), count(*) FILTER (WHERE value = -1) FROM movie_votes v JOIN sources s ON s.object_id = v.id::text
			WHERE s.source = $1 AND s.noun = 'movie' GROUP BY s.key`,
	} {
		rows, err := conn.Query(await.Context(t), sql, source)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = tally{}
		var key string
		var n [2]int
		if _, err := pgx.ForEachRow(rows, []any{&key, &n[0], &n[1]}, func() error { out[i][key] = n; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	return out[0], out[1]
}

// ratings counts the votes in the file of MovieLens, and the ratings that are none.
func ratings(t testing.TB) (votes tally, neither int) {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(devstack.ReadData(t, "movielens-small", "ratings.csv.gz"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	votes = tally{}
	for _, row := range rows[1:] {
		switch stars, _ := strconv.ParseFloat(row[2], 64); {
		case stars > 3.75:
			votes.add(row[1], storage.Like)
		case stars < 2.25:
			votes.add(row[1], storage.Dislike)
		default:
			neither++
		}
	}
	return votes, neither
}

// The votes of MovieLens are in the counters of its films, each once, however often they
// are imported. A dry run reports the same.
func TestImportOfRealVotes(t *testing.T) {
	t.Parallel()
	want, neither := ratings(t)
	url := devstack.Postgres(t)
	s := storetest.New(t, url)
	paths := data(t, "movielens-small")
	foretold := importFiles(t, s, "movielens", true, paths...)
	first := importFiles(t, s, "movielens", false, paths...)
	likes, dislikes := want.total()
	if diff := cmp.Diff(incoming.Votes{Likes: likes, Dislikes: dislikes, Neither: neither}, first.Votes); diff != "" {
		t.Errorf("votes (-want +got):\n%s", diff)
	}
	if n := first.Counts[storage.Movie]; n[incoming.Created] != 9742 || n[incoming.Refused] != 0 {
		t.Errorf("films: %v, refused %v", n, first.Reasons)
	}
	sameReport(t, foretold, first)
	counters, votes := counted(t, url, "movielens")
	if diff := cmp.Diff(want, counters); diff != "" {
		t.Errorf("counters (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want, votes); diff != "" {
		t.Errorf("votes (-want +got):\n%s", diff)
	}
	second := importFiles(t, s, "movielens", false, paths...)
	if diff := cmp.Diff(incoming.Votes{Unchanged: likes + dislikes, Neither: neither}, second.Votes); diff != "" {
		t.Errorf("votes of the second import (-want +got):\n%s", diff)
	}
	if second.Version != first.Version || second.Total(incoming.Created) != 0 {
		t.Errorf("the second import created %d, version %d after %d", second.Total(incoming.Created), second.Version, first.Version)
	}
	if again, _ := counted(t, url, "movielens"); !cmp.Equal(want, again) {
		t.Error("the second import changed counters")
	}
}

func sameReport(t testing.TB, dry, real *incoming.Report) {
	t.Helper()
	if diff := cmp.Diff(dry.Votes, real.Votes); diff != "" {
		t.Errorf("the dry run reported other votes (-dry +real):\n%s", diff)
	}
	if diff := cmp.Diff(dry.Counts, real.Counts); diff != "" {
		t.Errorf("the dry run reported other counts (-dry +real):\n%s", diff)
	}
	if diff := cmp.Diff(dry.Refusals, real.Refusals, cmp.Comparer(func(a, b *storage.Noun) bool { return a == b })); diff != "" {
		t.Errorf("the dry run reported other refusals (-dry +real):\n%s", diff)
	}
}

// run imports records.
func run(t testing.TB, s *postgres.Store, dryRun bool, records ...*incoming.Record) *incoming.Report {
	t.Helper()
	report, err := s.Import(await.Context(t), func(yield func(*incoming.Record, error) bool) {
		for _, in := range records {
			if !yield(in, nil) {
				return
			}
		}
	}, importer.Options{Source: "test", Who: "test", DryRun: dryRun})
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func film(t testing.TB, key string) *incoming.Record {
	return &incoming.Record{Noun: storage.Movie, Key: key, Position: incoming.Position{File: "movies", Line: 1}, Edit: storetest.Edit(t, storage.Movie, `{"title": "Film"}`)}
}

// vote returns the record of a vote for a film. line is its place.
func vote(line int, user, key string, v storage.Vote) *incoming.Record {
	return &incoming.Record{Noun: storage.Movie, Key: key, Position: incoming.Position{File: "ratings", Line: line}, Vote: &incoming.Vote{User: user, Value: v}}
}

// The first vote of a user for a film counts. An equal one changes nothing, another is
// refused, and so is a vote for an unknown film, in batches of any size and with films that
// are new, or were there before.
func TestImportOfVotes(t *testing.T) {
	t.Parallel()
	url := devstack.Postgres(t)
	s := storetest.New(t, url)
	next := 0 // of films, so that every check has its own
	rapid.Check(t, func(rt *rapid.T) {
		keys, before, votes := []string{"none"}, []*incoming.Record{}, []*incoming.Record{}
		for range rapid.IntRange(1, 4).Draw(rt, "films") {
			next++
			keys = append(keys, fmt.Sprint("film-", next))
			if in := film(t, keys[len(keys)-1]); rapid.Bool().Draw(rt, "before") {
				before = append(before, in)
			} else {
				votes = append(votes, in)
			}
		}
		run(t, s, false, before...)
		// Votes for the unknown film fill batches.
		padding := rapid.SampledFrom([]int{0, 990, 1990}).Draw(rt, "padding")
		for i := range rapid.IntRange(0, 25).Draw(rt, "votes") {
			if i == 5 {
				for range padding {
					votes = append(votes, vote(1, "padding", "none", storage.Like))
				}
			}
			votes = append(votes, vote(len(votes), rapid.SampledFrom([]string{"a", "b", "c"}).Draw(rt, "user"),
				rapid.SampledFrom(keys).Draw(rt, "key"), storage.Vote(rapid.IntRange(-1, 1).Draw(rt, "value"))))
		}
		want, wanted := tally{}, incoming.Votes{}
		stored := map[string]storage.Vote{}
		for _, in := range votes {
			switch v := in.Vote; {
			case v == nil:
			case in.Key == "none" || v.Value != storage.None && stored[v.User+in.Key] == -v.Value:
				wanted.Refused++
			case v.Value == storage.None:
				wanted.Neither++
			case stored[v.User+in.Key] == v.Value:
				wanted.Unchanged++
			default:
				stored[v.User+in.Key] = v.Value
				want.add(in.Key, v.Value)
			}
		}
		wanted.Likes, wanted.Dislikes = want.total()
		dry := run(t, s, true, votes...)
		real := run(t, s, false, votes...)
		sameReport(t, dry, real)
		if diff := cmp.Diff(wanted, real.Votes); diff != "" {
			rt.Fatalf("votes (-want +got):\n%s", diff)
		}
		counters, cast := counted(t, url, "test")
		for _, key := range keys {
			if counters[key] != want[key] || cast[key] != want[key] {
				rt.Fatalf("%s: counters %v, votes %v, want %v", key, counters[key], cast[key], want[key])
			}
		}
	})
}

// Votes of an import and of the API for the same films by the same users, at the same
// time, leave counters that are the numbers of votes.
func TestImportedVotesAndOthersAtOnce(t *testing.T) {
	t.Parallel()
	url := devstack.Postgres(t)
	s := storetest.New(t, url)
	const films, users = 8, 4
	var records []*incoming.Record
	for i := range films {
		records = append(records, film(t, fmt.Sprint(i+1)))
	}
	run(t, s, false, records...)
	ids := storetest.Documents(t, s, storage.Movie)
	var voters sync.WaitGroup
	for u := range users {
		voters.Go(func() {
			for round := range 6 {
				for _, d := range ids {
					if err := s.Vote(await.Context(t), storage.Movie, d.ID, fmt.Sprint(u), storage.Vote(round%3-1)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	for round := range 6 {
		records = records[:0]
		for u := range users {
			for i := range films {
				records = append(records, vote(1, fmt.Sprint(u), fmt.Sprint(i+1), storage.Vote(1-round%2*2)))
			}
		}
		run(t, s, false, records...)
	}
	voters.Wait()
	storetest.Flush(t, s)
	if counters, votes := counted(t, url, "test"); !cmp.Equal(counters, votes) {
		t.Errorf("counters and votes differ (-counters +votes):\n%s", cmp.Diff(counters, votes))
	}
}

// Films that another source has are linked by its key, and votes count for them. A vote for
// a film that was deleted is refused.
func TestVotesForLinkedAndDeletedFilms(t *testing.T) {
	t.Parallel()
	url := devstack.Postgres(t)
	s := storetest.New(t, url)
	linked, fresh := film(t, "1"), film(t, "2")
	linked.Sources, fresh.Sources = map[string]string{"tmdb": "603"}, map[string]string{"tmdb": "604"}
	storetest.Exec(t, url, `INSERT INTO sources (source, noun, key, object_id) VALUES ('tmdb', 'movie', '603', $1)`, storetest.Create(t, s, storage.Movie, `{"title": "The Matrix"}`).ID)
	run(t, s, false, film(t, "gone"))
	if err := storetest.Delete(t, s, storage.Movie, storetest.Documents(t, s, storage.Movie)[1].ID, false); err != nil {
		t.Fatal(err)
	}
	records := []*incoming.Record{linked, fresh, film(t, "gone"), vote(1, "a", "1", storage.Like), vote(2, "a", "2", storage.Dislike), vote(3, "b", "gone", storage.Like)}
	dry := run(t, s, true, records...)
	first := run(t, s, false, records...)
	sameReport(t, dry, first)
	if diff := cmp.Diff(map[incoming.Outcome]int{incoming.Linked: 1, incoming.Created: 1, incoming.Unchanged: 1}, first.Counts[storage.Movie]); diff != "" {
		t.Errorf("films (-want +got):\n%s", diff)
	}
	if len(first.Refusals) != 1 || first.Refusals[0].Place() != "ratings:3" || first.Refusals[0].Reason != "is for a movie that is not in the catalogue: gone" {
		t.Errorf("refusals: %+v", first.Refusals)
	}
	if second := run(t, s, false, records...); second.Counts[storage.Movie][incoming.Unchanged] != 3 || second.Votes.New() != 0 {
		t.Errorf("the second import: films %v, votes %+v", second.Counts[storage.Movie], second.Votes)
	}
	for source, want := range map[string]tally{"test": {"1": {1, 0}, "2": {0, 1}}, "tmdb": {"603": {1, 0}, "604": {0, 1}}} {
		if counters, _ := counted(t, url, source); !cmp.Equal(want, counters) {
			t.Errorf("counters by the keys of %s: %v, want %v", source, counters, want)
		}
	}
}

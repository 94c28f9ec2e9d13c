package serve_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// readsBy returns the number of reads that a server has answered, from the metrics.
func readsBy(t *testing.T, operators fixture.Site, server string) (n int) {
	t.Helper()
	samples := regexp.MustCompile(`marquee_catalogue_reads_total\{[^}]*server="` + server + `"\} (\d+)`)
	for _, found := range samples.FindAllStringSubmatch(string(operators.Get(t, "/metrics").Body), -1) {
		count, err := strconv.Atoi(found[1])
		if err != nil {
			t.Fatal(err)
		}
		n += count
	}
	return n
}

// Reads use the replica, and the primary for what the replica lacks, on the process that
// wrote and on others. All reads are answered while the replica lags, is killed, restarts
// or is promoted.
func TestReplica(t *testing.T) {
	t.Parallel()
	r := devstack.StartReplicated(t)
	e := fixture.Env{"MARQUEE_DATABASE_URL": r.Primary.URL(), "MARQUEE_REPLICA_URL": r.Replica.URL()}
	fixture.Run(t, e, "migrate")
	s := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0")
	s.Token = fixture.NewToken(t, e)
	other := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0")
	operators := fixture.AdminSite(t, s.Stderr.String)

	film := s.Post(t, "/2.0/movies", `{"movie": {"title": "Alien", "release_year": 1979}}`).At(t, "movie.id")
	await.Nil(t, func() error {
		before := readsBy(t, operators, "replica")
		s.Get(t, "/2.0/movies/"+film) // with credentials, so that it is not cached
		if readsBy(t, operators, "replica") == before {
			return fmt.Errorf("got %d reads from the replica, want one more", before)
		}
		return nil
	})

	r.PauseReplay()
	primary := readsBy(t, operators, "primary")
	fresh := s.Post(t, "/2.0/movies", `{"movie": {"title": "Aliens", "release_year": 1986}}`)
	id := fresh.At(t, "movie.id")
	if got := s.Public().Get(t, "/2.0/movies/"+id).At(t, "movie.title"); got != "Aliens" {
		t.Errorf("its own write: got %q, want Aliens", got)
	}
	if got := s.Public().Total(t, "/2.0/movies"); got != 2 {
		t.Errorf("a list after its own write: got %d films, want 2", got)
	}
	if got := s.Public().Total(t, "/2.0/movies?q=aliens"); got != 2 {
		t.Errorf("a search after its own write: got %d films, want 2", got)
	}
	for _, target := range []string{"/2.0/movies/" + id, "/2.0/movies?year=1986", "/2.0/movies?q=aliens&q_type=exact"} {
		a, err := other.Send(t.Context(), http.MethodGet, target, "", "Min-Version", fresh.Header.Get("Catalogue-Version"))
		if err != nil || a.Status != http.StatusOK || !strings.Contains(string(a.Body), "Aliens") {
			t.Errorf("%s with Min-Version on another process: got %+v, %v; want Aliens", target, a, err)
		}
	}
	if now := readsBy(t, operators, "primary"); now < primary+3 {
		t.Errorf("got %d reads from the primary, want at least %d", now, primary+3)
	}
	limit := 0
	await.Nil(t, func() error { // on a busy machine the replica may miss its deadline
		limit++
		replica := readsBy(t, operators, "replica")
		s.Get(t, "/2.0/movies/"+film)
		s.Public().Get(t, fmt.Sprintf("/2.0/movies?year=1979&limit=%d", limit)) // the write does not touch it
		if now := readsBy(t, operators, "replica"); now != replica+2 {
			return fmt.Errorf("got %d reads from the replica, want the 2 that the write does not touch", now-replica)
		}
		return nil
	})
	r.ResumeReplay()

	state := func(want string) {
		t.Helper()
		await.Nil(t, func() error {
			if got := operators.Get(t, "/readyz").At(t, "dependencies.postgresql_replica"); got != want {
				return fmt.Errorf("postgresql_replica in /readyz: got %s, want %s", got, want)
			}
			return nil
		})
	}
	r.Replica.Kill()
	for i := range 20 {
		s.Get(t, fmt.Sprintf("/2.0/movies?limit=%d", i+1))
		s.Get(t, "/2.0/movies/"+id)
	}
	state("down")
	r.Replica.Restart()
	await.Nil(t, func() error {
		s.Get(t, "/2.0/movies/"+id)
		if got := operators.Get(t, "/readyz").At(t, "dependencies.postgresql_replica"); got != "up" {
			return fmt.Errorf("postgresql_replica in /readyz: got %s, want up", got)
		}
		return nil
	})
	r.Promote()
	s.Get(t, "/2.0/movies/"+id)
	state("down")
}

// A server that is not a replica of the database is refused.
func TestReplicaIsRefused(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	text := fixture.Fail(t, e, append(fixture.AnyPort, "--replica-url", e["MARQUEE_DATABASE_URL"])...)
	fixture.Contains(t, text, "replica-url", "takes writes itself")
	fixture.Contains(t, fixture.Fail(t, fixture.Env{"MARQUEE_DATA_DIR": fixture.PrivateDir(t)}, append(fixture.AnyPort, "--replica-url", e["MARQUEE_DATABASE_URL"])...), "give --database-url")
}

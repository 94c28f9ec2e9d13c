package serve_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// readsBy reads how many reads a server has answered from the metrics.
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

// With a replica, reads go there; what it lacks comes from the primary, for the
// process that wrote as for others, and nobody notices when it stands still, is
// killed, comes back, or takes over.
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
		s.Get(t, "/2.0/movies/"+film) // with credentials, so that it is not kept
		if readsBy(t, operators, "replica") == before {
			return fmt.Errorf("the replica has answered %d reads", before)
		}
		return nil
	})

	r.PauseReplay()
	primary := readsBy(t, operators, "primary")
	fresh := s.Post(t, "/2.0/movies", `{"movie": {"title": "Aliens", "release_year": 1986}}`)
	id := fresh.At(t, "movie.id")
	if got := s.Public().Get(t, "/2.0/movies/"+id).At(t, "movie.title"); got != "Aliens" {
		t.Errorf("its own write reads %q", got)
	}
	if got := s.Public().Total(t, "/2.0/movies"); got != 2 {
		t.Errorf("a list has %d films after its own write", got)
	}
	if got := s.Public().Total(t, "/2.0/movies?q=aliens"); got != 2 {
		t.Errorf("a search finds %d films after its own write", got)
	}
	for _, target := range []string{"/2.0/movies/" + id, "/2.0/movies?year=1986", "/2.0/movies?q=aliens&q_type=exact"} {
		a, err := other.Send(t.Context(), http.MethodGet, target, "", "Min-Version", fresh.Header.Get("Catalogue-Version"))
		if err != nil || a.Status != http.StatusOK || !strings.Contains(string(a.Body), "Aliens") {
			t.Errorf("%s at the write's version on another process: %+v, %v", target, a, err)
		}
	}
	if now := readsBy(t, operators, "primary"); now < primary+3 {
		t.Errorf("the primary answered %d reads, and %d before the replica stood still", now, primary)
	}
	limit := 0
	await.Nil(t, func() error { // on a busy machine the replica may miss its time
		limit++
		replica := readsBy(t, operators, "replica")
		s.Get(t, "/2.0/movies/"+film)
		s.Public().Get(t, fmt.Sprintf("/2.0/movies?year=1979&limit=%d", limit)) // the new film is not in it
		if now := readsBy(t, operators, "replica"); now != replica+2 {
			return fmt.Errorf("the replica answered %d of 2 reads that the write does not touch", now-replica)
		}
		return nil
	})
	r.ResumeReplay()

	state := func(want string) {
		t.Helper()
		await.Nil(t, func() error {
			if got := operators.Get(t, "/readyz").At(t, "dependencies.postgresql_replica"); got != want {
				return fmt.Errorf("the replica is said to be %s", got)
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
			return fmt.Errorf("the replica is said to be %s", got)
		}
		return nil
	})
	r.Promote()
	s.Get(t, "/2.0/movies/"+id)
	state("down")
}

// A server that is no replica of the database is refused by its name.
func TestReplicaIsRefused(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	text := fixture.Fail(t, e, append(fixture.AnyPort, "--replica-url", e["MARQUEE_DATABASE_URL"])...)
	fixture.Contains(t, text, "replica-url", "takes writes itself")
	fixture.Contains(t, fixture.Fail(t, fixture.Env{"MARQUEE_DATA_DIR": fixture.PrivateDir(t)}, append(fixture.AnyPort, "--replica-url", e["MARQUEE_DATABASE_URL"])...), "give --database-url")
}

package program

import (
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"marquee/deploy/devstack"
)

// readsBy reads how many reads a server has answered from the metrics.
func readsBy(t *testing.T, operators site, server string) (n int) {
	t.Helper()
	samples := regexp.MustCompile(`marquee_catalogue_reads_total\{[^}]*server="` + server + `"\} (\d+)`)
	for _, found := range samples.FindAllStringSubmatch(string(operators.get(t, "/metrics").body), -1) {
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
	e := environment{"MARQUEE_DATABASE_URL": r.Primary.URL(), "MARQUEE_REPLICA_URL": r.Replica.URL()}
	succeed(t, e, "migrate")
	s := startRole(t, e, "api", "--listen", "127.0.0.1:0")
	s.token = newToken(t, e)
	other := startRole(t, e, "api", "--listen", "127.0.0.1:0")
	operators := operators(t, s.stderr.String)

	film := s.post(t, "/2.0/movies", `{"movie": {"title": "Alien", "release_year": 1979}}`).at(t, "movie.id")
	eventually(t, func() error {
		before := readsBy(t, operators, "replica")
		s.get(t, "/2.0/movies/"+film) // with credentials, so that it is not kept
		if readsBy(t, operators, "replica") == before {
			return fmt.Errorf("the replica has answered %d reads", before)
		}
		return nil
	})

	r.PauseReplay()
	primary := readsBy(t, operators, "primary")
	fresh := s.post(t, "/2.0/movies", `{"movie": {"title": "Aliens", "release_year": 1986}}`)
	id := fresh.at(t, "movie.id")
	if got := s.public().get(t, "/2.0/movies/"+id).at(t, "movie.title"); got != "Aliens" {
		t.Errorf("its own write reads %q", got)
	}
	if got := s.public().total(t, "/2.0/movies"); got != 2 {
		t.Errorf("a list has %d films after its own write", got)
	}
	if got := s.public().total(t, "/2.0/movies?q=aliens"); got != 2 {
		t.Errorf("a search finds %d films after its own write", got)
	}
	for _, target := range []string{"/2.0/movies/" + id, "/2.0/movies?year=1986", "/2.0/movies?q=aliens&q_type=exact"} {
		a, err := other.send(t.Context(), http.MethodGet, target, "", "Min-Version", fresh.header.Get("Catalogue-Version"))
		if err != nil || a.status != http.StatusOK || !strings.Contains(string(a.body), "Aliens") {
			t.Errorf("%s at the write's version on another process: %+v, %v", target, a, err)
		}
	}
	if now := readsBy(t, operators, "primary"); now < primary+3 {
		t.Errorf("the primary answered %d reads, and %d before the replica stood still", now, primary)
	}
	limit := 0
	eventually(t, func() error { // on a busy machine the replica may miss its time
		limit++
		replica := readsBy(t, operators, "replica")
		s.get(t, "/2.0/movies/"+film)
		s.public().get(t, fmt.Sprintf("/2.0/movies?year=1979&limit=%d", limit)) // the new film is not in it
		if now := readsBy(t, operators, "replica"); now != replica+2 {
			return fmt.Errorf("the replica answered %d of 2 reads that the write does not touch", now-replica)
		}
		return nil
	})
	r.ResumeReplay()

	state := func(want string) {
		t.Helper()
		eventually(t, func() error {
			if got := operators.get(t, "/readyz").at(t, "dependencies.postgresql_replica"); got != want {
				return fmt.Errorf("the replica is said to be %s", got)
			}
			return nil
		})
	}
	r.Replica.Kill()
	for i := range 20 {
		s.get(t, fmt.Sprintf("/2.0/movies?limit=%d", i+1))
		s.get(t, "/2.0/movies/"+id)
	}
	state("down")
	r.Replica.Restart()
	eventually(t, func() error {
		s.get(t, "/2.0/movies/"+id)
		if got := operators.get(t, "/readyz").at(t, "dependencies.postgresql_replica"); got != "up" {
			return fmt.Errorf("the replica is said to be %s", got)
		}
		return nil
	})
	r.Promote()
	s.get(t, "/2.0/movies/"+id)
	state("down")
}

// A server that is no replica of the database is refused by its name.
func TestReplicaIsRefused(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	text := fail(t, e, append(anyPort, "--replica-url", e["MARQUEE_DATABASE_URL"])...)
	contains(t, text, "replica-url", "takes writes itself")
	contains(t, fail(t, environment{"MARQUEE_DATA_DIR": private(t)}, append(anyPort, "--replica-url", e["MARQUEE_DATABASE_URL"])...), "give --database-url")
}

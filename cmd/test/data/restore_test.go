package data_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/devstack"
)

// lostVersions is less than the number of versions that a copy of an earlier state skips.
const lostVersions = 1_000_000_000

// past is a catalogue that is written to after the moment to which it is restored.
type past struct {
	film    string   // the path of a film that was there before
	targets []string // what was read of the lost state
	tag     string   // of the film in the lost state
}

// lose makes writes that a restore will lose, and fills the caches with them.
func lose(t *testing.T, s fixture.Site, film string, more ...string) past {
	t.Helper()
	p := past{film: film, targets: append([]string{film, "/2.0/movies?sort=-added", "/2.0/movies?year=1911"}, more...)}
	p.tag = s.Do(t, http.MethodPut, film, `{"movie":{"title":"Lost Ferry","release_year":1911}}`, http.StatusOK).Header.Get("ETag")
	s.Post(t, "/2.0/movies", `{"movie":{"title":"Another Lost Ferry","release_year":1911}}`)
	for _, target := range p.targets {
		for range 2 {
			s.Public().Get(t, target)
		}
	}
	fixture.Contains(t, string(s.Public().Get(t, film).Body), "Lost Ferry")
	return p
}

// gone checks that a site shows nothing of the lost state: its answers are those of an
// origin without a cache, and it accepts no version of that state as its own.
func (p past) gone(t *testing.T, s, origin fixture.Site) {
	t.Helper()
	for _, target := range p.targets {
		fixture.Lacks(t, string(s.Public().Get(t, target).Body), "Lost Ferry")
		await.Nil(t, func() error { // a busy index may have its stand-in answer on one side
			got, want := s.Public().Get(t, target), origin.Public().Get(t, target)
			if string(got.Body) != string(want.Body) || got.Header.Get("ETag") != want.Header.Get("ETag") {
				return fmt.Errorf("%s: got %s\nwant %s", target, got.Body, want.Body)
			}
			return nil
		})
	}
	for i := range 3 { // each makes a version that without the gap could be the lost one
		written := load.Done(t, s, http.MethodPut, p.film, fmt.Sprintf(`{"movie":{"duration":%d}}`, i))
		if written.Version < lostVersions {
			t.Errorf("next write: got version %d, which may have been used", written.Version)
		}
		a, err := s.Send(t.Context(), http.MethodPut, p.film, `{"movie":{"title":"Over what nobody has seen"}}`, "If-Match", p.tag)
		if err != nil || a.Status != http.StatusPreconditionFailed {
			t.Errorf("If-Match with a version of the lost state: got %+v, %v", a, err)
		}
		if a, err = s.Public().Send(t.Context(), http.MethodGet, p.film, "", "If-None-Match", p.tag); err != nil || a.Status != http.StatusOK {
			t.Errorf("If-None-Match with a version of the lost state: got %+v, %v", a, err)
		}
	}
}

// run runs a program to its end.
func run(t *testing.T, program string, args ...string) {
	t.Helper()
	if out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", filepath.Base(program), err, out)
	}
}

// A dump made during writes is restored into an empty server of another release of
// PostgreSQL. Everything acknowledged before the dump is there, with credentials. Nothing
// later is shown, although Redis and Elasticsearch still have it.
func TestRestoreOfADump(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	e["MARQUEE_DATABASE_URL"] = devstack.StartReplicated(t).Primary.URL()
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	fixture.Run(t, e, "migrate")
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	film := "/2.0/movies/" + fixture.Ferries(t, s.Site)[0]
	w := load.StartWriters(t, s.Site, 0)
	w.Await(t, http.StatusCreated, 20)
	w.Mu.Lock()
	acknowledged := maps.Clone(w.Titles)
	w.Mu.Unlock()
	dump := filepath.Join(t.TempDir(), "catalogue.dump")
	run(t, devstack.PostgresProgram(t, "pg_dump"), "--format=custom", "--file", dump, e["MARQUEE_DATABASE_URL"])
	w.Await(t, http.StatusCreated, 20)
	w.Stop()
	s.AwaitIndex(t)
	lost := lose(t, s.Site, film, "/2.0/movies?q=ferry", "/2.0/movies?genres=harbour")
	fixture.AwaitShared(t, e["MARQUEE_REDIS_URL"], len(lost.targets))
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}

	e["MARQUEE_DATABASE_URL"] = devstack.StartPostgres(t).URL()
	run(t, devstack.PostgresProgram(t, "pg_restore"), "--no-owner", "--exit-on-error", "--dbname", e["MARQUEE_DATABASE_URL"], dump)
	if out := fixture.Run(t, e, "migrate"); out != "The schema is up to date.\n" {
		t.Error(out)
	}
	unindexed := fixture.Start(t, e.Without("MARQUEE_REDIS_URL"), "api", "--listen", "127.0.0.1:0") // before there is an index of this state
	fixture.Lacks(t, string(unindexed.Public().Get(t, "/2.0/movies?q=ferry").Body), "Lost Ferry")
	fixture.Contains(t, string(unindexed.Public().Get(t, "/2.0/movies?q=ferry").Body), "Night Ferry")
	fixture.Run(t, e, "reindex")
	fixture.VerifyIndex(t, e)
	restored := fixture.Serve(t, e)
	restored.Token = s.Token
	unindexed.AwaitIndexAt(t, fixture.VersionOf(t, e))
	for location, title := range acknowledged {
		if got := restored.Get(t, location).At(t, "movie.title"); got != title {
			t.Errorf("title of %s: got %q, want %q as acknowledged", location, got, title)
		}
	}
	restored.AwaitIndexAt(t, fixture.VersionOf(t, e))
	lost.gone(t, restored.Site, unindexed.Site)
}

// A dump that is restored over existing tables is recognised as well.
func TestRestoreInPlace(t *testing.T) {
	t.Parallel()
	e := fixture.Env{"MARQUEE_DATABASE_URL": devstack.StartReplicated(t).Primary.URL(), "MARQUEE_REDIS_URL": devstack.Redis(t)}
	fixture.Run(t, e, "migrate")
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	film := "/2.0/movies/" + fixture.Ferries(t, s.Site)[0]
	dump := filepath.Join(t.TempDir(), "catalogue.dump")
	run(t, devstack.PostgresProgram(t, "pg_dump"), "--format=custom", "--file", dump, e["MARQUEE_DATABASE_URL"])
	lost := lose(t, s.Site, film)
	fixture.AwaitShared(t, e["MARQUEE_REDIS_URL"], len(lost.targets))
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	run(t, devstack.PostgresProgram(t, "pg_restore"), "--clean", "--if-exists", "--no-owner", "--exit-on-error", "--dbname", e["MARQUEE_DATABASE_URL"], dump)
	restored := fixture.Serve(t, e)
	restored.Token = s.Token
	fixture.Contains(t, restored.Stderr.String(), "the database is a copy of an earlier state")
	lost.gone(t, restored.Site, fixture.Serve(t, e.Without("MARQUEE_REDIS_URL")).Site)
}

// A standby takes over without the last writes while processes serve. Without a restart they
// show its state, and nothing of the lost one.
func TestTakeoverByALaggingStandby(t *testing.T) {
	t.Parallel()
	r := devstack.StartReplicated(t)
	e := fixture.Env{"MARQUEE_DATABASE_URL": either(t, r.Primary.URL(), r.Replica.URL()), "MARQUEE_REDIS_URL": devstack.Redis(t)}
	fixture.Run(t, e, "migrate")
	s := fixture.Serve(t, e)
	s.Token = fixture.NewToken(t, e)
	film := "/2.0/movies/" + fixture.Ferries(t, s.Site)[0]
	version := fixture.VersionOf(t, e)
	await.Nil(t, func() error {
		if got := replayed(t, r.Replica.URL()); got < version {
			return fmt.Errorf("version of the standby: got %d, want %d", got, version)
		}
		return nil
	})
	r.Replica.Kill()
	lost := lose(t, s.Site, film)
	r.Primary.Kill()
	r.Replica.Restart()
	r.Promote()
	await.Nil(t, func() error {
		if a, err := s.Public().Send(t.Context(), http.MethodGet, film, ""); err != nil || a.Status != http.StatusOK {
			t.Fatalf("a hot answer: got %+v, %v", a, err)
		} else if strings.Contains(string(a.Body), "Lost Ferry") {
			return fmt.Errorf("still stale: %s", a.Body)
		}
		return nil
	})
	lost.gone(t, s.Site, fixture.Serve(t, e.Without("MARQUEE_REDIS_URL")).Site)
}

// either returns a URL of two servers that connects to the one that accepts writes.
func either(t *testing.T, first, second string) string {
	t.Helper()
	u, err := url.Parse(first)
	if err != nil {
		t.Fatal(err)
	}
	other, err := url.Parse(second)
	if err != nil {
		t.Fatal(err)
	}
	u.Host += "," + other.Host
	u.RawQuery += "&target_session_attrs=read-write"
	return u.String()
}

// replayed returns the version of a standby.
func replayed(t *testing.T, url string) (version int64) {
	t.Helper()
	_ = connectTo(t, url).QueryRow(t.Context(), `SELECT version FROM catalogue`).Scan(&version) // the table may not be there yet
	return version
}

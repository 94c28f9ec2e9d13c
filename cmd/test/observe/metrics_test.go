package observe_test

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"marquee/cmd/monitor"
	"marquee/cmd/setting"
	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

func TestAdminAddress(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	fixture.Contains(t, fixture.Fail(t, e, append(fixture.AnyPort, "--admin-listen", address)...), address, "in use", "--admin-listen")
	fixture.Contains(t, fixture.Fail(t, fixture.Env{"MARQUEE_DATABASE_URL": e["MARQUEE_DATABASE_URL"], "MARQUEE_ADMIN_LISTEN": address}, fixture.AnyPort...), address, "--admin-listen")

	without := fixture.Serve(t, e, "--admin-listen", "")
	fixture.Lacks(t, without.Stderr.String(), "for operators")
	without.Get(t, "/readyz")
	s := fixture.Serve(t, e)
	a := fixture.AdminSite(t, s.Stderr.String)
	for _, path := range []string{"/metrics", "/livez", "/readyz", "/debug/pprof/", "/debug/pprof/goroutine?debug=1"} {
		a.Get(t, path)
		if path == "/readyz" || path == "/livez" {
			continue
		}
		s.Do(t, http.MethodGet, path, "", http.StatusNotFound) // not public
	}
	if err := s.Stop(); err != nil {
		t.Error(err)
	}
	if err := fixture.NotListening(t, strings.TrimPrefix(a.Base, "http://")); err != nil {
		t.Error("admin address after the stop:", err)
	}
}

// If another program uses the default admin address, the process logs that and starts.
// Only this test uses that address.
func TestAdminAddressByDefault(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", monitor.AdminListen)
	if err == nil {
		defer taken.Close()
	} // else another program already has it
	e := fixture.Catalogue(t)
	e[setting.Variable(monitor.AdminFlag)] = ""
	s := fixture.Serve(t, e)
	fixture.Contains(t, s.Stderr.String(), "there is no address for operators", "--admin-listen", "in use")
	s.Get(t, "/readyz")
}

// The probes report the dependencies. Without PostgreSQL, a process with cached responses
// is ready. An index that does not exist yet is building.
func TestReadinessReportsDependencies(t *testing.T) {
	t.Parallel()
	postgres, redis := devstack.StartPostgres(t), devstack.StartRedis(t)
	e := fixture.Env{"MARQUEE_DATABASE_URL": postgres.URL(), "MARQUEE_REDIS_URL": redis.URL(),
		"MARQUEE_ELASTICSEARCH_URL": devstack.Elasticsearch(t), "MARQUEE_ELASTICSEARCH_INDEX": devstack.IndexPrefix(t) + "catalogue"}
	fixture.Run(t, e, "migrate")
	fixture.Run(t, e, "import", "ndjson", fixture.FilmFile(t, "Laura"))
	s := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0") // without an indexer, the index is never built
	a := fixture.AdminSite(t, s.Stderr.String)
	both := func(status int, want string) {
		t.Helper()
		await.Nil(t, func() error {
			for _, from := range []fixture.Site{s.Site, a} {
				got, err := from.Send(t.Context(), http.MethodGet, "/readyz", "")
				if err != nil {
					return err
				}
				if got.Status != status || !strings.Contains(string(got.Body), want) {
					return fmt.Errorf("got %d %s, want %d with %s", got.Status, got.Body, status, want)
				}
			}
			return nil
		})
	}
	const indexless = `"elasticsearch":"up","index":"building","log":"up"`
	both(http.StatusOK, `{"meta":{},"status":"ready","dependencies":{`+indexless+`,"nonces":"up","postgresql":"up","redis":"up"},"degraded":["search-stand-in"]}`)

	redis.Kill()
	both(http.StatusOK, indexless+`,"nonces":"down","postgresql":"up","redis":"down"},"degraded":["unshared-cache","no-signed-requests","search-stand-in"]}`)
	postgres.Stop() // and the cache is empty
	both(http.StatusServiceUnavailable, `"status":"not ready","dependencies":{"elasticsearch":"up","index":"building","log":"behind","nonces":"down","postgresql":"down"`)
	s.Get(t, "/livez")
	postgres.Continue()
	both(http.StatusOK, `"log":"up","nonces":"down","postgresql":"up"`)
	s.Get(t, "/2.0/movies")
	postgres.Stop()
	both(http.StatusOK, `"degraded":["kept-answers-only","unchecked-answers",`)
	s.Get(t, "/2.0/movies")
	postgres.Continue()
}

// An indexer has an admin address, too, and reports whether it is the active one.
func TestIndexerHasAdminAddress(t *testing.T) {
	t.Parallel()
	e := fixture.WithIndex(t)
	operators := fixture.AdminSite(t, fixture.StartChild(t, e, "indexer").Stderr.String)
	await.Nil(t, func() error {
		ready, err := operators.Send(t.Context(), http.MethodGet, "/readyz", "")
		if err != nil {
			return err
		}
		if ready.Status != http.StatusOK || !strings.Contains(string(ready.Body), `"dependencies":{"elasticsearch":"up","postgresql":"up"}`) {
			return fmt.Errorf("/readyz: got %d %s, want 200", ready.Status, ready.Body)
		}
		metrics := string(operators.Get(t, "/metrics").Body)
		if !strings.Contains(metrics, "\nmarquee_indexer_active 1\n") || !strings.Contains(metrics, "\nmarquee_dead_letters 0\n") {
			return fmt.Errorf("got the metrics\n%s\nwant an active indexer without dead letters", metrics)
		}
		return nil
	})
}

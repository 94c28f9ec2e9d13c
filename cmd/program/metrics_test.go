package program

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"

	"marquee/cmd/monitor"
	"marquee/cmd/setting"
	"marquee/deploy/devstack"
)

func TestAdminAddress(t *testing.T) {
	t.Parallel()
	e := catalogue(t)
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	address := taken.Addr().String()
	contains(t, fail(t, e, append(anyPort, "--admin-listen", address)...), address, "in use", "--admin-listen")
	contains(t, fail(t, environment{"MARQUEE_DATABASE_URL": e["MARQUEE_DATABASE_URL"], "MARQUEE_ADMIN_LISTEN": address}, anyPort...), address, "--admin-listen")

	without := startServing(t, e, "--admin-listen", "")
	lacks(t, without.stderr.String(), "for operators")
	without.get(t, "/readyz")
	s := startServing(t, e)
	a := operators(t, s.stderr.String)
	for _, path := range []string{"/metrics", "/livez", "/readyz", "/debug/pprof/", "/debug/pprof/goroutine?debug=1"} {
		a.get(t, path)
		if path == "/readyz" || path == "/livez" {
			continue
		}
		s.do(t, http.MethodGet, path, "", http.StatusNotFound) // nothing of it is public
	}
	if err := s.stop(); err != nil {
		t.Error(err)
	}
	if err := free(t, strings.TrimPrefix(a.base, "http://")); err != nil {
		t.Error("the address for operators:", err)
	}
}

// On the default address another program may listen: that is said, and no reason
// not to start. Only one test takes it.
func TestAdminAddressByDefault(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", monitor.AdminListen)
	if err == nil {
		defer taken.Close()
	} // else somebody has it already, which is as good
	e := catalogue(t)
	e[setting.Variable(monitor.AdminFlag)] = ""
	s := startServing(t, e)
	contains(t, s.stderr.String(), "there is no address for operators", "--admin-listen", "in use")
	s.get(t, "/readyz")
}

// The probes name what answers are made with: hot answers are given without
// PostgreSQL, an index that is not there yet is said to be built.
func TestReadinessNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	postgres, redis := devstack.StartPostgres(t), devstack.StartRedis(t)
	e := environment{"MARQUEE_DATABASE_URL": postgres.URL(), "MARQUEE_REDIS_URL": redis.URL(),
		"MARQUEE_ELASTICSEARCH_URL": devstack.Elasticsearch(t), "MARQUEE_ELASTICSEARCH_INDEX": devstack.IndexPrefix(t) + "catalogue"}
	succeed(t, e, "migrate")
	succeed(t, e, "import", "ndjson", films(t, "Laura"))
	s := startRole(t, e, "api", "--listen", "127.0.0.1:0") // and nobody builds the index
	a := operators(t, s.stderr.String)
	both := func(status int, want string) {
		t.Helper()
		eventually(t, func() error {
			for _, from := range []site{s.site, a} {
				got, err := from.send(t.Context(), http.MethodGet, "/readyz", "")
				if err != nil {
					return err
				}
				if got.status != status || !strings.Contains(string(got.body), want) {
					return fmt.Errorf("%d %s, want %d with %s", got.status, got.body, status, want)
				}
			}
			return nil
		})
	}
	const indexless = `"elasticsearch":"up","index":"building","log":"up"`
	both(http.StatusOK, `{"meta":{},"status":"ready","dependencies":{`+indexless+`,"nonces":"up","postgresql":"up","redis":"up"},"degraded":["search-stand-in"]}`)

	redis.Kill()
	both(http.StatusOK, indexless+`,"nonces":"down","postgresql":"up","redis":"down"},"degraded":["unshared-cache","no-signed-requests","search-stand-in"]}`)
	postgres.Stop() // and nothing is kept
	both(http.StatusServiceUnavailable, `"status":"not ready","dependencies":{"elasticsearch":"up","index":"building","log":"behind","nonces":"down","postgresql":"down"`)
	s.get(t, "/livez")
	postgres.Continue()
	both(http.StatusOK, `"log":"up","nonces":"down","postgresql":"up"`)
	s.get(t, "/2.0/movies")
	postgres.Stop()
	both(http.StatusOK, `"degraded":["kept-answers-only","unchecked-answers",`)
	s.get(t, "/2.0/movies")
	postgres.Continue()
}

// An indexer has an address for operators as well, and says whether it is the
// active one.
func TestIndexerIsObserved(t *testing.T) {
	t.Parallel()
	e := shared(t)
	operators := operators(t, startChild(t, e, "indexer").stderr.String)
	eventually(t, func() error {
		ready, err := operators.send(t.Context(), http.MethodGet, "/readyz", "")
		if err != nil {
			return err
		}
		if ready.status != http.StatusOK || !strings.Contains(string(ready.body), `"dependencies":{"elasticsearch":"up","postgresql":"up"}`) {
			return fmt.Errorf("the probe says %d %s", ready.status, ready.body)
		}
		metrics := string(operators.get(t, "/metrics").body)
		if !strings.Contains(metrics, "\nmarquee_indexer_active 1\n") || !strings.Contains(metrics, "\nmarquee_dead_letters 0\n") {
			return fmt.Errorf("the metrics are\n%s", metrics)
		}
		return nil
	})
}

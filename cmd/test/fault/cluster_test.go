package fault_test

import (
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
	"marquee/deploy/gateway"
)

// part is a process or a server that can fail.
type part interface {
	Kill()
	Stop()
	Continue()
	Restart()
}

var _, _, _ part = (*fixture.Process)(nil), (*devstack.Server)(nil), (*gateway.Gateway)(nil)

// cluster is a production setup: two API processes, an active indexer and one on
// standby, the gateway of deploy/gateway, and one server of each kind. All of them
// belong to the test. The gateway does not cache, so that a process answers every
// request.
type cluster struct {
	fixture.Env
	postgres, redis, elasticsearch *devstack.Server
	apis, indexers                 [2]*fixture.Process
	gateway                        *gateway.Gateway
	entrance                       entrance
}

// manyUnits is a rate limit that no client reaches. With a limit, requests are counted.
const manyUnits = "1000000"

func startCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{postgres: devstack.StartPostgres(t), redis: devstack.StartRedis(t), elasticsearch: devstack.StartElasticsearch(t)}
	c.Env = fixture.Env{
		"MARQUEE_DATABASE_URL": c.postgres.URL(), "MARQUEE_REDIS_URL": c.redis.URL(), "MARQUEE_ELASTICSEARCH_URL": c.elasticsearch.URL(),
		"MARQUEE_LOG_LEVEL": "error", "MARQUEE_DATA_DIR": t.TempDir(),
		"MARQUEE_LIMIT_ADDRESS": manyUnits, "MARQUEE_LIMIT_USER": manyUnits, "MARQUEE_LIMIT_APP": manyUnits,
	}
	fixture.Run(t, c.Env, "migrate")
	token := fixture.NewToken(t, c.Env)
	for i := range c.apis {
		c.indexers[i] = fixture.StartProcess(t, c.Env, "indexer")
		c.apis[i] = fixture.StartProcess(t, c.Env, "api")
	}
	c.gateway = gateway.Start(t, gateway.Config{
		Programs: []string{c.apis[0].Address(), c.apis[1].Address()}, Before: []string{"127.0.0.1"}, Uncached: true,
	})
	c.entrance = entrance{Site: fixture.Site{Base: c.gateway.URL, Token: token}, client: c.gateway.Client(t, nil), forwarded: true}
	return c
}

// recovery has the time from the end of a fault to the recovery of a function.
type recovery struct {
	writes time.Duration // until writes are acknowledged
	reads  time.Duration // until hot targets are fresh at every process
	index  time.Duration // until searches show the writes before that
}

// awaitRecovery waits until all functions have recovered.
func (c *cluster) awaitRecovery(t *testing.T, w *crowd) (r recovery) {
	t.Helper()
	healed := time.Now()
	w.await(t, "write 200", 2*crowdEditors)
	r.writes = time.Since(healed)
	for _, p := range c.apis {
		for _, target := range w.targets {
			await.Nil(t, func() error { return fresh(t, p, target) })
		}
	}
	r.reads = time.Since(healed)
	var version int64
	for _, f := range w.films {
		_, v := f.acknowledged()
		version = max(version, v)
	}
	for _, p := range c.apis {
		await.Nil(t, func() error { return searches(t, p, version) })
	}
	r.index = time.Since(healed)
	return r
}

// fresh returns an error unless a process answers a target as it does without faults.
func fresh(t *testing.T, p *fixture.Process, target string) error {
	t.Helper()
	a, err := p.Send(t.Context(), http.MethodGet, target, "")
	if err != nil {
		return err
	}
	shown, err := filmsOf(a)
	if a.Status != http.StatusOK || shown.marked {
		err = fmt.Errorf("%s: got %d, %s; want 200, fresh", target, a.Status, a.Header.Get("Cache-Status"))
	}
	return err
}

// searches returns an error unless the index answers a search at the version. Each call
// makes another search, so that the cache does not answer it.
func searches(t *testing.T, p *fixture.Process, version int64) error {
	t.Helper()
	a, err := p.Send(t.Context(), http.MethodGet, fmt.Sprintf("/2.0/movies?q=kestrel&fields=title&limit=1&offset=%d", time.Now().UnixNano()%1000), "")
	if err != nil {
		return err
	}
	shown, err := filmsOf(a)
	if err == nil && (!shown.indexed || shown.index < version) {
		err = errors.New("want an answer of the index at version " + fmt.Sprint(version) + ", got " + string(a.Body))
	}
	return err
}

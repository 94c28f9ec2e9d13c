package cache_test

import (
	"fmt"
	"testing"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

// While Redis, Elasticsearch and PostgreSQL are killed and frozen, all reads of hot
// targets are answered. Everything recovers without a restart.
func TestHotReadsThroughFaults(t *testing.T) {
	t.Parallel()
	pg, es, redis := devstack.StartPostgres(t), devstack.StartElasticsearch(t), devstack.StartRedis(t)
	e := fixture.Env{"MARQUEE_DATABASE_URL": pg.URL(), "MARQUEE_ELASTICSEARCH_URL": es.URL(), "MARQUEE_REDIS_URL": redis.URL()}
	e.WithoutLimits()
	fixture.Run(t, e, "migrate")
	token := fixture.NewToken(t, e)
	second := fixture.Start(t, e, "api", "--listen", "127.0.0.1:0", "--log-level", "error")
	e.WithVitals(t)
	_, s := fixture.ServeChild(t, e, "--log-level", "error")
	s.Token = token
	writer := load.NewCatalogue(t, s, load.NewRandom())
	s.AwaitIndex(t)
	h := load.StartHot(t, s, writer.Films[0], fixture.Reads())
	h.Await(t, 2*len(h.Targets), "hit")
	before := e.Vitals(t)

	for _, fault := range []struct {
		name         string
		happen, heal func()
		// sign has the results of reads that show the effect of the fault.
		sign []string
	}{
		{"Redis killed", redis.Kill, redis.Restart, nil},
		{"Redis frozen", redis.Stop, redis.Continue, nil},
		{"Redis emptied", redis.RestartEmpty, func() {}, nil},
		{"Elasticsearch killed", es.Kill, es.Restart, nil},
		{"Elasticsearch frozen", es.Stop, es.Continue, nil},
		{"PostgreSQL frozen", pg.Stop, pg.Continue, []string{"UNCHECKED", "ORIGIN-ERROR"}},
		{"PostgreSQL killed", pg.Kill, pg.Restart, []string{"UNCHECKED", "ORIGIN-ERROR"}},
	} {
		fault.happen()
		if fault.sign == nil {
			h.Await(t, 10, "written")
		} else {
			h.Await(t, 2*load.HotReaders, fault.sign...) // a reader may wait for the origin's deadline
			h.Await(t, 1, "refused")
		}
		fault.heal()
		h.Await(t, 5, "written")
		h.Await(t, len(h.Targets), "hit")
		s.AwaitIndex(t)
		sharing(t, s.Public(), fixture.Site{Base: second.Base})
		t.Logf("%s: %v", fault.name, h.Counts())
	}
	h.Stop()
	for _, wrong := range h.Wrong {
		t.Error(wrong)
	}
	await.Nil(t, func() error {
		if after := e.Vitals(t); after.Goroutines > before.Goroutines+fixture.MoreGoroutines {
			return fmt.Errorf("got %d goroutines, want about %d as before the faults", after.Goroutines, before.Goroutines)
		}
		return nil
	})
	t.Logf("before %+v, after %+v", before, e.Vitals(t))
}

// sharing waits until a process finds in Redis what another one has read.
func sharing(t *testing.T, first, second fixture.Site) {
	t.Helper()
	offset := 0
	await.Nil(t, func() error {
		offset++ // a target that was not read yet
		target := fmt.Sprintf("/2.0/genres?limit=9&offset=%d&sort=-name", offset)
		first.Get(t, target)
		if from := fixture.SourceOf(second.Get(t, target)); from != "SHARED" {
			return fmt.Errorf("%s: got %s, want SHARED", target, from)
		}
		return nil
	})
}

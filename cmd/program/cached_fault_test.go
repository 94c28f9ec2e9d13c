package program

import (
	"fmt"
	"testing"

	"marquee/deploy/devstack"
)

// Whatever happens to Redis, Elasticsearch and PostgreSQL, whoever reads what is
// hot gets an answer, and everything comes back without a restart.
func TestHotReadsThroughFaults(t *testing.T) {
	t.Parallel()
	pg, es, kept := devstack.StartPostgres(t), devstack.StartElasticsearch(t), devstack.StartRedis(t)
	e := environment{"MARQUEE_DATABASE_URL": pg.URL(), "MARQUEE_ELASTICSEARCH_URL": es.URL(), "MARQUEE_REDIS_URL": kept.URL()}
	e.withoutLimits()
	succeed(t, e, "migrate")
	token := newToken(t, e)
	second := startRole(t, e, "api", "--listen", "127.0.0.1:0", "--log-level", "error")
	e.withVitals(t)
	_, s := startServer(t, e, "--log-level", "error")
	s.token = token
	writer := newProofWriter(t, s, newRandom())
	s.caughtUp(t)
	h := startHot(t, s, writer.films[0], everyRead())
	h.await(t, 2*len(h.targets), "hit")
	before := e.vitals(t)

	for _, fault := range []struct {
		name         string
		happen, heal func()
		// sign is what tells that the fault is felt, besides answers.
		sign []string
	}{
		{"Redis killed", kept.Kill, kept.Restart, nil},
		{"Redis frozen", kept.Stop, kept.Continue, nil},
		{"Redis emptied", kept.RestartEmpty, func() {}, nil},
		{"Elasticsearch killed", es.Kill, es.Restart, nil},
		{"Elasticsearch frozen", es.Stop, es.Continue, nil},
		{"PostgreSQL frozen", pg.Stop, pg.Continue, []string{"UNCHECKED", "ORIGIN-ERROR"}},
		{"PostgreSQL killed", pg.Kill, pg.Restart, []string{"UNCHECKED", "ORIGIN-ERROR"}},
	} {
		fault.happen()
		if fault.sign == nil {
			h.await(t, 10, "written")
		} else {
			h.await(t, 2*hotReaders, fault.sign...) // a reader may wait for the origin's deadline
			h.await(t, 1, "refused")
		}
		fault.heal()
		h.await(t, 5, "written")
		h.await(t, len(h.targets), "hit")
		s.caughtUp(t)
		sharing(t, s.public(), site{base: second.base})
		t.Logf("%s: %v", fault.name, h.told())
	}
	h.stop()
	for _, wrong := range h.wrong {
		t.Error(wrong)
	}
	eventually(t, func() error {
		if after := e.vitals(t); after.Goroutines > before.Goroutines+moreGoroutines {
			return fmt.Errorf("%d goroutines, before the faults %d", after.Goroutines, before.Goroutines)
		}
		return nil
	})
	t.Logf("before %+v, after %+v", before, e.vitals(t))
}

// sharing waits until one process finds in Redis what another has read.
func sharing(t *testing.T, first, second site) {
	t.Helper()
	offset := 0
	eventually(t, func() error {
		offset++ // nobody has asked for it yet
		target := fmt.Sprintf("/2.0/genres?limit=9&offset=%d&sort=-name", offset)
		first.get(t, target)
		if from := sourceOf(second.get(t, target)); from != "SHARED" {
			return fmt.Errorf("%s is a %s", target, from)
		}
		return nil
	})
}

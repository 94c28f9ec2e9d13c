package fault_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
)

const (
	// chaosVariable names the variable with the length of the test, such as 10m.
	// Without it, the test runs a few short faults.
	chaosVariable = "MARQUEE_CHAOS"
	// shortFault is longer than all deadlines of reads and writes, except for that of a
	// frozen database.
	shortFault = 1500 * time.Millisecond
	// longFault is longer than that one, too.
	longFault = 7 * time.Second
)

// fault is a failure of parts of a cluster.
type fault struct {
	name         string
	happen, heal func()
	// refuses allows failures of requests that need the failed parts: all but reads of
	// hot targets.
	refuses bool
	// entrance is true if clients cannot reach the cluster during the fault.
	entrance bool
}

// faults returns all faults: each part, and two pairs of parts, are killed, frozen and
// restarted.
func (c *cluster) faults() []fault {
	var all []fault
	for _, of := range []struct {
		name    string
		refuses bool
		parts   []part
	}{
		{"process 1", true, []part{c.apis[0]}},
		{"process 2", true, []part{c.apis[1]}},
		{"indexer 1", false, []part{c.indexers[0]}},
		{"indexer 2", false, []part{c.indexers[1]}},
		{"PostgreSQL", true, []part{c.postgres}},
		{"Redis", false, []part{c.redis}},
		{"Elasticsearch", false, []part{c.elasticsearch}},
		{"PostgreSQL and Redis", true, []part{c.postgres, c.redis}},
		{"Redis and Elasticsearch", false, []part{c.redis, c.elasticsearch}},
		{"gateway", true, []part{c.gateway}},
	} {
		entrance := of.parts[0] == part(c.gateway)
		each := func(do func(part)) func() {
			return func() {
				for _, p := range of.parts {
					do(p)
				}
			}
		}
		all = append(all,
			fault{of.name + " killed", each(part.Kill), each(part.Restart), of.refuses, entrance},
			fault{of.name + " frozen", each(part.Stop), each(part.Continue), of.refuses, entrance},
			fault{of.name + " restarted", func() {}, each(part.Restart), of.refuses, entrance})
	}
	return all
}

// shortRun has the faults of a run without chaosVariable.
var shortRun = []string{"process 1 killed", "PostgreSQL and Redis frozen", "Redis and Elasticsearch killed", "indexer 1 killed", "gateway killed"}

// schedule yields faults and their durations until the time is over: all faults in
// random order, again and again.
func (c *cluster) schedule(length time.Duration) func(yield func(fault, time.Duration) bool) {
	return func(yield func(fault, time.Duration) bool) {
		all := c.faults()
		if length == 0 {
			for _, f := range all {
				if slices.Contains(shortRun, f.name) && !yield(f, shortFault) {
					return
				}
			}
			return
		}
		random, end := load.NewRandom(), time.Now().Add(length)
		for {
			for _, i := range random.Perm(len(all)) {
				if time.Now().After(end) || !yield(all[i], randomLength(random)) {
					return
				}
			}
		}
	}
}

// randomLength returns a random duration of a fault.
func randomLength(random *rand.Rand) time.Duration {
	return shortFault + time.Duration(random.Int64N(int64(longFault-shortFault)))
}

// TestChaos kills, freezes and restarts parts of a cluster, alone and in pairs, while
// clients read and write. No acknowledged write is lost, no reply is older than
// promised, all reads of hot targets are answered with 200, and the cluster recovers.
// The test is not parallel, since replies have deadlines.
func TestChaos(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv(chaosVariable))
	if err != nil && os.Getenv(chaosVariable) != "" {
		t.Fatal(err)
	}
	c := startCluster(t)
	w := startCrowd(t, c.entrance, c.apis[:]...)
	c.awaitRecovery(t, w)
	var rows []outcome
	for f, lasts := range c.schedule(length) {
		rows = append(rows, c.run(t, w, f, lasts))
	}
	w.stop()
	lost := w.verify(t, c.Env)
	fixture.VerifyIndex(t, c.Env)
	t.Log(table(rows))
	t.Logf("acknowledged writes: %d, lost: %d; replies older than promised: %d; hot reads: %d, failed: %d",
		w.writes(), lost, w.stale, hotReads(rows), w.failed)
}

// run lets a fault happen for a time, and waits until the cluster has recovered.
func (c *cluster) run(t *testing.T, w *crowd, f fault, lasts time.Duration) outcome {
	t.Helper()
	_, in := w.nextWindow()
	if f.entrance {
		w.closeEntrance()
	}
	f.happen()
	<-time.After(lasts)
	f.heal()
	if f.entrance {
		w.openEntrance()
	}
	s := outcome{f, lasts, in, c.awaitRecovery(t, w)}
	w.nextWindow() // requests that begin before the next fault count for none
	w.awaitReplies(t, in)
	for _, kind := range s.unexpected() {
		t.Errorf("%s: got %s, want none of these", f.name, kind)
	}
	return s
}

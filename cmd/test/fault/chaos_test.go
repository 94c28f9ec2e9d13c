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
	// chaosVariable is for how long faults are to happen, 10m for example. Without it
	// there are a few short ones.
	chaosVariable = "MARQUEE_CHAOS"
	// shortFault is enough for every deadline of a read or a write to be met, but that
	// of a frozen database.
	shortFault = 1500 * time.Millisecond
	// longFault outlasts also that one.
	longFault = 7 * time.Second
)

// fault is something that happens to parts of a cluster.
type fault struct {
	name         string
	happen, heal func()
	// refuses says that requests which need what is gone may be refused meanwhile:
	// all but those that are hot.
	refuses bool
	// entrance says that clients have nobody to ask meanwhile.
	entrance bool
}

// faults are all that can happen: each part is killed, frozen, and restarted, and so
// are two pairs at once.
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

// shortRun are the faults of a run that nobody has given time.
var shortRun = []string{"process 1 killed", "PostgreSQL and Redis frozen", "Redis and Elasticsearch killed", "indexer 1 killed", "gateway killed"}

// schedule is what happens, one after the other, until the time is over: every fault
// once, in any order, and then again.
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
				if time.Now().After(end) || !yield(all[i], lasting(random)) {
					return
				}
			}
		}
	}
}

// lasting draws how long a fault lasts.
func lasting(random *rand.Rand) time.Duration {
	return shortFault + time.Duration(random.Int64N(int64(longFault-shortFault)))
}

// Whatever is killed, frozen and restarted, alone or in pairs, while readers and
// editors go on: no acknowledged write is lost, no answer is older than promised,
// everything that is hot is answered with 200, and all is as before soon after. No
// other test of the package runs beside it: answers have deadlines.
func TestChaos(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv(chaosVariable))
	if err != nil && os.Getenv(chaosVariable) != "" {
		t.Fatal(err)
	}
	c := startCluster(t)
	w := startCrowd(t, c.entrance, c.apis[:]...)
	c.recover(t, w)
	var rows []suffered
	for f, lasts := range c.schedule(length) {
		rows = append(rows, c.suffer(t, w, f, lasts))
	}
	w.stop()
	lost := w.ended(t, c.Env)
	fixture.VerifyIndex(t, c.Env)
	t.Log(table(rows))
	t.Logf("acknowledged writes: %d, lost: %d; answers older than promised: %d; hot reads: %d, failed: %d",
		w.writes(), lost, w.stale, hotReads(rows), w.failed)
}

// suffer lets a fault happen for a time, and waits until all is as before.
func (c *cluster) suffer(t *testing.T, w *crowd, f fault, lasts time.Duration) suffered {
	t.Helper()
	_, in := w.nextWindow()
	if f.entrance {
		w.leave()
	}
	f.happen()
	<-time.After(lasts)
	f.heal()
	if f.entrance {
		w.arrive()
	}
	s := suffered{f, lasts, in, c.recover(t, w)}
	w.nextWindow() // what the next fault finds on its way counts for none
	w.answered(t, in)
	for _, kind := range s.unneeded() {
		t.Errorf("%s: %s, though nothing that was gone is needed for it", f.name, kind)
	}
	return s
}

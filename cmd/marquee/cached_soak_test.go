package main

import (
	"os"
	"testing"
	"time"

	"marquee/deploy/devstack"
)

const (
	// soakVariable is for how long to soak, 5m for example. Without it nothing is done.
	soakVariable = "MARQUEE_SOAK"
	// soakReports are made on the way.
	soakReports = 10
	// soakHeap is how many bytes more may be in use at the end than when every
	// target had been read: changes that the tail of the log holds, and spellings.
	soakHeap = 64 << 20
)

// Under a load that stays the same, a process comes to hold no more: neither
// goroutines nor memory. It runs by itself, since others would be in the load.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv(soakVariable))
	if err != nil {
		t.Skipf("for those who have the time: %s=5m", soakVariable)
	}
	e := shared(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	e.withoutLimits()
	token := newToken(t, e)
	e.withVitals(t)
	_, s := startServer(t, e, "--log-level", "error")
	s.token = token
	writer := newProofWriter(t, s, newRandom())
	s.caughtUp(t)
	h := startHot(t, s, writer.films[0], everyRead())
	h.await(t, 10*len(h.targets), "hit")
	start := e.vitals(t)
	t.Logf("at the start %+v", start)
	tick := time.NewTicker(length / soakReports)
	defer tick.Stop()
	for range soakReports {
		<-tick.C
		t.Logf("%s: %+v", h.told(), e.vitals(t))
	}
	h.stop()
	for _, wrong := range h.wrong {
		t.Error(wrong)
	}
	end := e.vitals(t)
	t.Logf("at the end %+v", end)
	if end.Goroutines > start.Goroutines+moreGoroutines || end.Heap > start.Heap+soakHeap {
		t.Errorf("at the end %+v, at the start %+v", end, start)
	}
}

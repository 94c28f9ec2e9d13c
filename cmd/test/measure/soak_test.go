package measure_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"

	"marquee/cmd/test/fixture"
	"marquee/cmd/test/load"
	"marquee/deploy/devstack"
	"marquee/storage/tail"
)

const (
	// soakVariable is for how long to soak, 5m for example. Without it nothing is done.
	soakVariable = "MARQUEE_SOAK"
	// soakReports are made on the way.
	soakReports = 20
	// soakClients ask at once: enough that the server, not they, is what is measured.
	soakClients = 16
	// soakMeasured is for how long its capacity is.
	soakMeasured = 5 * time.Second
	// soakHeap and soakResident are how many bytes more the second half of the time
	// may end with than it began with, by the line that fits best: what answers are
	// being made of at the moment differs by 4 MiB, and the collector lets the process
	// have as much again as it uses. At 5,000 requests a second, five minutes find 11
	// bytes that each leaves behind.
	soakHeap     = 8 << 20
	soakResident = 32 << 20
)

// soakSample is what a process held at a time.
type soakSample struct {
	after    time.Duration
	requests int64
	resident uint64 // bytes of memory that it has from the system
	fixture.Vitals
}

func (s soakSample) String() string {
	const mebibyte = 1 << 20
	return fmt.Sprintf("%4.0f s: %8d requests, %d goroutines, heap %.1f MiB, resident %.1f MiB",
		s.after.Seconds(), s.requests, s.Goroutines, float64(s.Heap)/mebibyte, float64(s.resident)/mebibyte)
}

// Under half of the load that it can bear, for any time, a process comes to hold no
// more: neither goroutines nor memory. It runs by itself, since others would be in
// the load.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv(soakVariable))
	if err != nil {
		t.Skipf("for those who have the time: %s=5m", soakVariable)
	}
	e := fixture.WithIndex(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	e.WithoutLimits()
	token := fixture.NewToken(t, e)
	e.WithVitals(t)
	c, s := fixture.ServeChild(t, e, "--log-level", "error")
	s.Token = token
	writer := load.NewCatalogue(t, s, load.NewRandom())
	s.CaughtUp(t)
	h := load.StartHot(t, s, writer.Films[0], fixture.Reads())
	h.Await(t, 2*len(h.Targets), "hit")
	fillTail(t, s, writer.Films[1])

	l := &soakLoad{Site: s.Public(), targets: h.Targets}
	l.run(soakMeasured, 0)
	capacity := float64(l.answered.Load()) / soakMeasured.Seconds()
	t.Logf("the capacity with %d clients on this machine is %.0f requests a second", soakClients, capacity)
	samples := l.soak(t, length, capacity/2, func() (v fixture.Vitals, resident uint64) { return e.Vitals(t), residentOf(t, c) })
	h.Stop()
	for _, wrong := range h.Wrong {
		t.Error(wrong)
	}
	if n := l.failed.Load(); n > 0 {
		t.Errorf("%d of %d requests failed", n, l.answered.Load())
	}
	steady(t, samples[len(samples)/2:])
}

// fillTail writes as often as the tail of the log holds changes, so that it grows no
// more.
func fillTail(t *testing.T, s fixture.Site, film string) {
	t.Helper()
	var editors errgroup.Group
	for i := range soakClients {
		editors.Go(func() error {
			for n := range tail.DefaultMaxChanges / soakClients {
				ctx, cancel := context.WithTimeout(t.Context(), fixture.Patience)
				a, err := s.Send(ctx, http.MethodPut, film, fmt.Sprintf(`{"movie":{"description":"Told by %d for the %dth time."}}`, i, n))
				cancel()
				if err != nil || a.Status != http.StatusOK {
					return fmt.Errorf("%+v, %w", a, err)
				}
			}
			return nil
		})
	}
	if err := editors.Wait(); err != nil {
		t.Fatal(err)
	}
}

// steady checks that nothing grows, and logs how fast it does.
func steady(t *testing.T, samples []soakSample) {
	t.Helper()
	for _, of := range []struct {
		name  string
		most  float64
		value func(soakSample) float64
	}{
		{"goroutines", fixture.MoreGoroutines, func(s soakSample) float64 { return float64(s.Goroutines) }},
		{"bytes of the heap", soakHeap, func(s soakSample) float64 { return float64(s.Heap) }},
		{"resident bytes", soakResident, func(s soakSample) float64 { return float64(s.resident) }},
	} {
		slope := slopeOf(samples, of.value)
		length := samples[len(samples)-1].after - samples[0].after
		t.Logf("%s: %+.0f a minute", of.name, slope*60)
		if grown := slope * length.Seconds(); grown > of.most {
			t.Errorf("%s grew by %.0f in %s, %.0f at most were expected", of.name, grown, length, of.most)
		}
	}
}

// slopeOf is how much a value grows each second, by least squares.
func slopeOf(samples []soakSample, value func(soakSample) float64) float64 {
	var n, sumX, sumY, sumXX, sumXY float64
	for _, s := range samples {
		x, y := s.after.Seconds(), value(s)
		n, sumX, sumY, sumXX, sumXY = n+1, sumX+x, sumY+y, sumXX+x*x, sumXY+x*y
	}
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
}

// load are clients that ask for targets in turn.
type soakLoad struct {
	fixture.Site
	targets          []string
	answered, failed atomic.Int64
}

// soak asks for a time, at a rate, and takes samples on the way.
func (l *soakLoad) soak(t *testing.T, length time.Duration, rate float64, take func() (fixture.Vitals, uint64)) (samples []soakSample) {
	t.Helper()
	var running sync.WaitGroup
	running.Go(func() { l.run(length, rate) })
	defer running.Wait()
	start, before := time.Now(), l.answered.Load()
	tick := time.NewTicker(length / soakReports)
	defer tick.Stop()
	for range soakReports {
		<-tick.C
		held, resident := take()
		samples = append(samples, soakSample{time.Since(start), l.answered.Load() - before, resident, held})
		t.Log(samples[len(samples)-1])
	}
	return samples
}

// run has all clients ask for a time: so many times a second in all, or as often as
// they are answered when the rate is 0.
func (l *soakLoad) run(length time.Duration, rate float64) {
	ctx, cancel := context.WithTimeout(context.Background(), length)
	defer cancel()
	var clients sync.WaitGroup
	for i := range soakClients {
		clients.Go(func() {
			start := time.Now()
			for n := 0; ctx.Err() == nil; n++ {
				if rate > 0 {
					due := start.Add(time.Duration(float64(n) * soakClients / rate * float64(time.Second)))
					wait(ctx, time.Until(due))
				}
				l.ask(l.targets[(i*7+n)%len(l.targets)])
			}
		})
	}
	clients.Wait()
}

// wait returns after a time, or when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// ask reads a target, which must be answered with 200.
func (l *soakLoad) ask(target string) {
	ctx, cancel := context.WithTimeout(context.Background(), fixture.Patience)
	defer cancel()
	a, err := l.Send(ctx, http.MethodGet, target, "")
	l.answered.Add(1)
	if err != nil || a.Status != http.StatusOK {
		l.failed.Add(1)
	}
}

// residentOf is how many bytes of memory a process has from the system, as Linux
// tells it.
func residentOf(t *testing.T, c *fixture.Child) uint64 {
	t.Helper()
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", c.Cmd.Process.Pid))
	if err != nil {
		t.Fatal(err)
	}
	pages, err := strconv.ParseUint(string(bytes.Fields(b)[1]), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return pages * uint64(os.Getpagesize())
}

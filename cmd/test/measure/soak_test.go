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
	// soakVariable names the variable with the length of the test, such as 5m. Without
	// it, the test is skipped.
	soakVariable = "MARQUEE_SOAK"
	// soakReports is the number of samples.
	soakReports = 20
	// soakClients is the number of concurrent clients: enough for the server to be the
	// bottleneck.
	soakClients = 16
	// soakMeasured is the duration of the measurement of the capacity.
	soakMeasured = 5 * time.Second
	// soakHeap and soakResident limit the growth in the second half of the time, in
	// bytes, by a linear fit. The memory of responses in progress varies by 4 MiB, and
	// the garbage collector lets the heap double. With 5,000 requests a second, a test
	// of five minutes detects a leak of 11 bytes per request.
	soakHeap     = 8 << 20
	soakResident = 32 << 20
)

// soakSample has the resources of a process at a time.
type soakSample struct {
	after    time.Duration
	requests int64
	resident uint64 // bytes of resident memory
	fixture.Vitals
}

func (s soakSample) String() string {
	const mebibyte = 1 << 20
	return fmt.Sprintf("%4.0f s: %8d requests, %d goroutines, heap %.1f MiB, resident %.1f MiB",
		s.after.Seconds(), s.requests, s.Goroutines, float64(s.Heap)/mebibyte, float64(s.resident)/mebibyte)
}

// Under half of its capacity, a process does not grow in goroutines or memory over time.
// The test is not parallel, since other tests would change the load.
func TestSoak(t *testing.T) {
	length, err := time.ParseDuration(os.Getenv(soakVariable))
	if err != nil {
		t.Skipf("long test: set %s=5m to run it", soakVariable)
	}
	e := fixture.WithIndex(t)
	e["MARQUEE_REDIS_URL"] = devstack.Redis(t)
	e.WithoutLimits()
	token := fixture.NewToken(t, e)
	e.WithVitals(t)
	c, s := fixture.ServeChild(t, e, "--log-level", "error")
	s.Token = token
	writer := load.NewCatalogue(t, s, load.NewRandom())
	s.AwaitIndex(t)
	h := load.StartHot(t, s, writer.Films[0], fixture.Reads())
	h.Await(t, 2*len(h.Targets), "hit")
	fillTail(t, s, writer.Films[1])

	l := &soakLoad{Site: s.Public(), targets: h.Targets}
	l.run(soakMeasured, 0)
	capacity := float64(l.answered.Load()) / soakMeasured.Seconds()
	t.Logf("capacity with %d clients on this machine: %.0f requests a second", soakClients, capacity)
	samples := l.soak(t, length, capacity/2, func() (v fixture.Vitals, resident uint64) { return e.Vitals(t), residentOf(t, c) })
	h.Stop()
	for _, wrong := range h.Wrong {
		t.Error(wrong)
	}
	if n := l.failed.Load(); n > 0 {
		t.Errorf("got %d failed requests of %d, want none", n, l.answered.Load())
	}
	steady(t, samples[len(samples)/2:])
}

// fillTail fills the tail of the change log, so that it does not grow during the test.
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
					return fmt.Errorf("update: got %+v, %w", a, err)
				}
			}
			return nil
		})
	}
	if err := editors.Wait(); err != nil {
		t.Fatal(err)
	}
}

// steady checks that nothing grows, and logs the growth.
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
		t.Logf("%s: %+.0f per minute", of.name, slope*60)
		if grown := slope * length.Seconds(); grown > of.most {
			t.Errorf("%s: got a growth of %.0f in %s, want at most %.0f", of.name, grown, length, of.most)
		}
	}
}

// slopeOf returns the growth of a value per second, by least squares.
func slopeOf(samples []soakSample, value func(soakSample) float64) float64 {
	var n, sumX, sumY, sumXX, sumXY float64
	for _, s := range samples {
		x, y := s.after.Seconds(), value(s)
		n, sumX, sumY, sumXX, sumXY = n+1, sumX+x, sumY+y, sumXX+x*x, sumXY+x*y
	}
	return (n*sumXY - sumX*sumY) / (n*sumXX - sumX*sumX)
}

// soakLoad is a set of clients that read targets in turn.
type soakLoad struct {
	fixture.Site
	targets          []string
	answered, failed atomic.Int64
}

// soak sends requests at a rate for a time, and takes samples.
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

// run sends requests with all clients for a time. The rate is in requests a second; with
// 0, each client sends a request as soon as the last one is answered.
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

// ask reads a target. A reply other than 200 is a failure.
func (l *soakLoad) ask(target string) {
	ctx, cancel := context.WithTimeout(context.Background(), fixture.Patience)
	defer cancel()
	a, err := l.Send(ctx, http.MethodGet, target, "")
	l.answered.Add(1)
	if err != nil || a.Status != http.StatusOK {
		l.failed.Add(1)
	}
}

// residentOf returns the resident memory of a process in bytes, on Linux.
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

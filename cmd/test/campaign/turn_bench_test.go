package campaign_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	// crowd is the number of requests after a start or an end.
	crowd = 50_000
	// crowdClients is the number of connections, half of them to each process.
	crowdClients = 32
	// early is how long before the instant requests begin.
	early = 2 * time.Second
	// ahead is how long before its start a collection is made.
	ahead = 20 * time.Second
)

// turn counts the answers around the instant at which collections start or end.
type turn struct {
	at            time.Time
	before, after int // statuses

	mu     sync.Mutex
	first  int // answers to requests of the first second
	misses int // of the first second
	count  map[string]int
	took   []time.Duration
	tags   map[string]string // ETags by path
	wrong  []string
}

// judge counts an answer. A request is before or after the instant if it was sent and
// answered on that side; another one may have either status.
func (u *turn) judge(path string, a *reply) {
	u.mu.Lock()
	defer u.mu.Unlock()
	want, side := a.status == u.before || a.status == u.after, "across"
	switch {
	case a.received.Before(u.at):
		want, side = a.status == u.before, "before"
	case !a.sent.Before(u.at):
		want, side = a.status == u.after, "after"
		u.took = append(u.took, a.received.Sub(a.sent))
		if a.sent.Before(u.at.Add(time.Second)) {
			u.first++
			if !a.hit() {
				u.misses++
			}
		}
	}
	source := "miss"
	if a.hit() {
		source = "hit"
	}
	u.count[fmt.Sprintf("%d %s, %s", a.status, side, source)]++
	if !want {
		u.wrong = append(u.wrong, fmt.Sprintf("%s: got %d, sent %s and received %s after the instant; %s", path, a.status, a.sent.Sub(u.at), a.received.Sub(u.at), a.cache))
	}
	if known := u.tags[path]; a.status == http.StatusOK && known != a.tag {
		if known != "" {
			u.wrong = append(u.wrong, fmt.Sprintf("%s: got the ETag %s, want %s as before", path, a.tag, known))
		}
		u.tags[path] = a.tag
	}
}

// run sends requests from before the instant on. Until then, they ask for the known paths
// only; then for all of them.
func (u *turn) run(b *testing.B, processes []*process, known, all []string) {
	b.Helper()
	u.count, u.tags = map[string]int{}, map[string]string{}
	var left atomic.Int64
	left.Store(crowd)
	<-time.After(time.Until(u.at.Add(-early)))
	reads := originReads(b, processes)
	clients := make([]*client, crowdClients)
	for i := range clients {
		clients[i] = dial(b, processes[i%len(processes)].address)
	}
	var group errgroup.Group
	for i, c := range clients {
		group.Go(func() error {
			for n := i / len(processes); ; n++ {
				paths := all
				if time.Now().Before(u.at) {
					paths = known
				} else if left.Add(-1) < 0 {
					return nil
				}
				path := paths[n%len(paths)]
				a, err := c.get(path)
				if err != nil {
					return err
				}
				u.judge(path, a)
			}
		})
	}
	if err := group.Wait(); err != nil {
		b.Fatal(err)
	}
	rate := float64(crowd) / time.Since(u.at).Seconds()
	b.Logf("%d requests in %.1f s (%.0f/s), p50 %s, p99 %s; first second: %d requests, %d misses; reads at the origin: %d; wrong answers: %d",
		len(u.took), time.Since(u.at).Seconds(), rate, quantile(u.took, 0.5), quantile(u.took, 0.99), u.first, u.misses, originReads(b, processes)-reads, len(u.wrong))
	for _, kind := range slices.Sorted(maps.Keys(u.count)) {
		b.Logf("%s: %d", kind, u.count[kind])
	}
	if u.first == 0 || u.misses > 0 {
		b.Errorf("got %d misses of %d requests in the first second, want 0", u.misses, u.first)
	}
	for _, w := range u.wrong[:min(len(u.wrong), 10)] {
		b.Error(w)
	}
	b.ReportMetric(rate, u.name()+"-req/s")
	b.ReportMetric(float64(quantile(u.took, 0.99).Microseconds()), u.name()+"-p99-µs")
}

func (u *turn) name() string {
	if u.after == http.StatusOK {
		return "start"
	}
	return "end"
}

// BenchmarkTurn sends 50,000 requests in the first seconds after the start of two
// collections, and as many after their end. Nobody has asked for the pages of the first
// one before; those of the second one are requested all the time. Every answer is right at
// the very instant, by the clock of this machine, and all of the first second are hits.
func BenchmarkTurn(b *testing.B) {
	processes := startProcesses(b)
	start := time.Now().UTC().Add(ahead + time.Minute).Truncate(time.Minute)
	minute := start.Format("2006-01-02T15-04")
	period := fmt.Sprintf(`{"from":%q,"to":%q}`, minute, minute)
	pins := processes[0].films(b, "/2.0/movies?genres=film-noir&sort=title&limit=5&fields=id")
	var known, all []string
	for _, id := range []string{"unknown", "known"} {
		processes[0].collection(b, id, pins, period)
		known = append(pages(id), "/2.0/collections/"+id)
		all = append(all, known...)
	}
	begins := &turn{at: start, before: http.StatusNotFound, after: http.StatusOK}
	begins.run(b, processes, known, all)
	ends := &turn{at: start.Add(time.Minute), before: http.StatusOK, after: http.StatusNotFound}
	ends.run(b, processes, all, all)
	for path, tag := range ends.tags {
		if tag != begins.tags[path] {
			b.Errorf("%s: got the ETag %s at the end, want %s as at the start", path, tag, begins.tags[path])
		}
	}
	b.ReportMetric(0, "ns/op") // meaningless here
}

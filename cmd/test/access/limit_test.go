package access_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"marquee/cmd/test/fixture"
	"marquee/deploy/await"
	"marquee/deploy/devstack"
)

const (
	// addressLimit is the rate limit of an address, in units a minute, and addressBurst
	// the number of units that it can spend at once.
	addressLimit = 3000
	addressBurst = addressLimit / 3
	// hammerCount is the number of clients of each process, which send requests without
	// a pause.
	hammerCount = 4
	// refusalsToStop is the number of refusals of a process after which its clients have
	// spent all units.
	refusalsToStop = 200
)

// limitedPair is a pair of processes that share a Redis.
type limitedPair struct {
	processes [2]fixture.Site
	client    *http.Client
	next      atomic.Int64 // film, so that each is read once
}

// ask reads a path, or a film that was not read yet, which costs one unit. It returns the
// status and RateLimit.
func (p *limitedPair) ask(process int, address, path string) (status int, limit string, err error) {
	if path == "" {
		path = fmt.Sprintf("/2.0/movies/%d?fields=id", 1000+p.next.Add(1))
	}
	ctx, cancel := context.WithTimeout(context.Background(), fixture.Patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, p.processes[process].Base+path, nil)
	if err != nil {
		return 0, "", err
	}
	r.Header.Set("X-Forwarded-For", address)
	response, err := p.client.Do(r)
	if err != nil {
		return 0, "", err
	}
	defer response.Body.Close()
	_, err = io.Copy(io.Discard, response.Body)
	return response.StatusCode, response.Header.Get("RateLimit"), err
}

// hammering has the decisions about an address, of one process or of both.
type hammering struct {
	mu               sync.Mutex
	allowed, refused int
	err              error // an unexpected reply
	// started and ended are before and after all decisions. answered is after the first
	// decision, and asked before the last one.
	started, answered, asked, ended time.Time
}

// add adds the reply to a request that was sent at a time. It returns false for an
// unexpected reply.
func (h *hammering) add(asked time.Time, status int, err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = time.Now()
	if h.answered.IsZero() {
		h.answered = h.ended
	}
	switch {
	case err != nil:
		h.err = err
	case status == http.StatusNotFound:
		h.allowed++
	case status == http.StatusTooManyRequests:
		h.refused++
		if asked.After(h.asked) {
			h.asked = asked
		}
	default:
		h.err = fmt.Errorf("got status %d, want 404 or 429", status)
	}
	return h.err == nil
}

// interruption pauses all clients once, after a number of allowed requests, while do
// runs.
type interruption struct {
	at      int64
	do      func()
	allowed atomic.Int64
	running sync.RWMutex
}

// count counts an allowed request.
func (i *interruption) count() {
	if i.allowed.Add(1) == i.at {
		i.running.Lock()
		defer i.running.Unlock()
		i.do()
	}
}

// hammer sends requests to each process until all units are spent. Its decisions are
// added to the account of its index.
func (p *limitedPair) hammer(address string, accounts [2]*hammering, i *interruption) {
	var group sync.WaitGroup
	for _, h := range accounts {
		h.started = time.Now()
	}
	for process, h := range accounts {
		var refused atomic.Int64
		for range hammerCount {
			group.Go(func() {
				for refused.Load() < refusalsToStop {
					i.running.RLock()
					asked := time.Now()
					status, _, err := p.ask(process, address, "")
					i.running.RUnlock()
					switch {
					case !h.add(asked, status, err):
						return
					case status == http.StatusTooManyRequests:
						refused.Add(1)
					default:
						i.count()
					}
				}
			})
		}
	}
	group.Wait()
}

// exact returns an error unless the number of allowed requests matches the limit to one
// percent. The bucket was full at the first decision and empty at the last one.
func (h *hammering) exact() error {
	perSecond := float64(addressLimit) / 60
	low := 0.99 * (addressBurst + perSecond*h.asked.Sub(h.answered).Seconds())
	high := 1.01 * (addressBurst + perSecond*h.ended.Sub(h.started).Seconds())
	switch {
	case h.err != nil:
		return h.err
	case float64(h.allowed) < low || float64(h.allowed) > high:
		return fmt.Errorf("got %d allowed requests, want %.0f to %.0f", h.allowed, low, high)
	}
	return nil
}

// inOneAttempt repeats an attempt that depends on calls of Redis until it succeeds. On a
// busy machine a call may miss its deadline, and the process decides alone. Each attempt
// must use another caller.
func inOneAttempt(t *testing.T, attempt func(i int) error) {
	t.Helper()
	var err error
	for i := range 8 {
		if err = attempt(i); err == nil {
			return
		}
		t.Logf("attempt %d: %v", i, err)
	}
	t.Errorf("got no success in 8 attempts: %v", err)
}

// shareExactly checks that both processes together allow exactly the limit.
func (p *limitedPair) shareExactly(t *testing.T, network string) {
	t.Helper()
	inOneAttempt(t, func(i int) error {
		h := &hammering{}
		p.hammer(fmt.Sprint(network, i), [2]*hammering{h, h}, &interruption{})
		return h.exact()
	})
}

// awaitShared waits until the processes share the units of an address. Each attempt uses
// another subnet of the network.
func (p *limitedPair) awaitShared(t *testing.T, network string) {
	t.Helper()
	i := 0
	await.Nil(t, func() error {
		i++
		address := fmt.Sprintf("2001:db8:%s:%x::1", network, i)
		for process := range 2 {
			_, limit, err := p.ask(process, address, "/2.0/movies?limit=0") // costs 2 units, and the reply has RateLimit, since it is not shared
			if err != nil {
				return err
			}
			// 50 units return in a second, so the units spent at the other process are visible
			// for 40 ms.
			var left int
			if _, err := fmt.Sscanf(limit, `"address";r=%d;`, &left); err != nil || left > addressBurst-2-process {
				return fmt.Errorf("process %d: got RateLimit %q, %w; want the units spent at both", process, limit, err)
			}
		}
		return nil
	})
}

// Two processes share a limit to one percent. While Redis is down, each enforces the
// limit alone, and no read fails. They share it again after Redis has restarted.
func TestLimitsOfTwoProcesses(t *testing.T) {
	t.Parallel()
	e := fixture.Catalogue(t)
	redis := devstack.StartRedis(t)
	e["MARQUEE_REDIS_URL"] = redis.URL()
	e["MARQUEE_LIMIT_ADDRESS"] = fmt.Sprint(addressLimit)
	e["MARQUEE_TRUSTED_PROXIES"] = "127.0.0.0/8"
	token := fixture.NewToken(t, e)
	p := &limitedPair{client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * hammerCount}}}
	t.Cleanup(p.client.CloseIdleConnections)
	for i := range p.processes {
		_, p.processes[i] = fixture.ServeChild(t, e, "--log-level", "error")
	}
	hot := "/2.0/movies/" + fixture.Site{Base: p.processes[0].Base, Token: token}.Post(t, "/2.0/movies", `{"movie":{"title":"Heat"}}`).At(t, "movie.id")
	p.awaitShared(t, "1")
	p.shareExactly(t, "198.51.100.")

	stop := p.read(t, hot)
	accounts := [2]*hammering{{}, {}}
	half, killed, spent := make(chan struct{}), make(chan struct{}), make(chan struct{})
	die := &interruption{at: addressBurst / 2, do: func() { close(half); <-killed }}
	go func() { defer close(spent); p.hammer("192.0.2.1", accounts, die) }()
	select {
	case <-half:
		redis.Kill()
		close(killed)
	case <-spent:
	}
	<-spent
	for i, h := range accounts {
		if err := h.exact(); err != nil {
			t.Errorf("process %d without Redis: %v", i, err)
		}
	}
	redis.Restart()
	p.awaitShared(t, "2")
	stop()
	p.shareExactly(t, "198.51.101.")
}

// readEvery is the interval between two reads of a reader, which stay below its limit.
const readEvery = 40 * time.Millisecond

// read reads a hot film and uncached films from each process, and checks the replies. stop
// ends it.
func (p *limitedPair) read(t *testing.T, hot string) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var group sync.WaitGroup
	for process := range p.processes {
		for path, want := range map[string]int{hot: http.StatusOK, "": http.StatusNotFound} {
			group.Go(func() {
				pause := time.NewTicker(readEvery)
				defer pause.Stop()
				for ; ctx.Err() == nil; <-pause.C {
					if status, _, err := p.ask(process, fmt.Sprint("192.0.2.10", process), path); err != nil || status != want {
						t.Errorf("process %d, %q: got %d, %v; want %d", process, path, status, err, want)
					}
				}
			})
		}
	}
	return func() { cancel(); group.Wait() }
}

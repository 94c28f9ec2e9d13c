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

	"marquee/deploy/await"

	"marquee/cmd/test/fixture"
	"marquee/deploy/devstack"
)

// The limit of these tests by address, in units a minute, and what it allows at
// once.
const (
	addressLimit = 3000
	addressBurst = addressLimit / 3
	// hammerCount clients ask each process without a pause.
	hammerCount = 4
	// refusalsToStop of one process show that its clients have spent everything.
	refusalsToStop = 200
)

// limitedPair are two processes that count in one Redis.
type limitedPair struct {
	processes [2]fixture.Site
	client    *http.Client
	next      atomic.Int64 // of films, so that each is asked for once
}

// ask reads a film that nobody has asked for, which costs an address one unit.
func (p *limitedPair) ask(process int, address, path string) (status int, said string, err error) {
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

// hammering is what was let through to an address by one process or both.
type hammering struct {
	mu               sync.Mutex
	allowed, refused int
	strange          error
	// started and ended are around all decisions, answered and asked within them.
	started, answered, asked, ended time.Time
}

// add notes an answer to what was asked at a time; false is one that nobody
// should get.
func (h *hammering) add(asked time.Time, status int, err error) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ended = time.Now()
	if h.answered.IsZero() {
		h.answered = h.ended
	}
	switch {
	case err != nil:
		h.strange = err
	case status == http.StatusNotFound:
		h.allowed++
	case status == http.StatusTooManyRequests:
		h.refused++
		if asked.After(h.asked) {
			h.asked = asked
		}
	default:
		h.strange = fmt.Errorf("status %d", status)
	}
	return h.strange == nil
}

// interruption holds a hammering up once, when so many were let through: while do
// runs, nobody asks.
type interruption struct {
	at      int64
	do      func()
	let     atomic.Int64
	running sync.RWMutex
}

// count counts one that was let through.
func (i *interruption) count() {
	if i.let.Add(1) == i.at {
		i.running.Lock()
		defer i.running.Unlock()
		i.do()
	}
}

// hammer asks until everything is spent in each process. What each lets through
// goes to the account of its index.
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

// exact is nil when the number let through is what the limit allows, to one per
// cent: the bucket was full at the first decision and empty at the last.
func (h *hammering) exact() error {
	perSecond := float64(addressLimit) / 60
	low := 0.99 * (addressBurst + perSecond*h.asked.Sub(h.answered).Seconds())
	high := 1.01 * (addressBurst + perSecond*h.ended.Sub(h.started).Seconds())
	switch {
	case h.strange != nil:
		return h.strange
	case float64(h.allowed) < low || float64(h.allowed) > high:
		return fmt.Errorf("%d were let through, want from %.0f to %.0f", h.allowed, low, high)
	}
	return nil
}

// inOneAttempt tries what depends on calls of Redis. On a busy machine one may miss
// its deadline, and a process then decides for itself: one of some attempts, each by
// somebody else, has to be right.
func inOneAttempt(t *testing.T, attempt func(i int) error) {
	t.Helper()
	var err error
	for i := range 8 {
		if err = attempt(i); err == nil {
			return
		}
		t.Logf("attempt %d: %v", i, err)
	}
	t.Errorf("not once in 8 attempts: %v", err)
}

// shareExactly checks that the processes together let through what the limit
// allows.
func (p *limitedPair) shareExactly(t *testing.T, network string) {
	t.Helper()
	inOneAttempt(t, func(i int) error {
		h := &hammering{}
		p.hammer(fmt.Sprint(network, i), [2]*hammering{h, h}, &interruption{})
		return h.exact()
	})
}

// WithIndex waits until a process knows what the other has let through. Each try is of
// another subnet of the network.
func (p *limitedPair) WithIndex(t *testing.T, network string) {
	t.Helper()
	i := 0
	await.Nil(t, func() error {
		i++
		address := fmt.Sprintf("2001:db8:%s:%x::1", network, i)
		for process := range 2 {
			_, said, err := p.ask(process, address, "/2.0/movies?limit=0") // costs 2, and tells: it is nobody else's
			if err != nil {
				return err
			}
			// 50 come back in a second: what the other one has spent is seen for 40 ms.
			var left int
			if _, err := fmt.Sscanf(said, `"address";r=%d;`, &left); err != nil || left > addressBurst-2-process {
				return fmt.Errorf("process %d says %q (%w)", process, said, err)
			}
		}
		return nil
	})
}

// Two processes hold a limit together to one per cent; while their Redis is dead,
// each holds it for itself and no read fails; and they share it again when Redis
// is back.
func TestLimitsOfProcesses(t *testing.T) {
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
	p.WithIndex(t, "1")
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
	p.WithIndex(t, "2")
	stop()
	p.shareExactly(t, "198.51.101.")
}

// readEvery is how often each reader asks: less often than its address may.
const readEvery = 40 * time.Millisecond

// read asks each process for a film that is hot and for films that nobody asked
// for. The function that ends it checks that every answer was good.
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
						t.Errorf("process %d answers %q by %d, %v; want %d", process, path, status, err, want)
					}
				}
			})
		}
	}
	return func() { cancel(); group.Wait() }
}

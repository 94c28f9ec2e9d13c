package limit_test

import (
	"context"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"marquee/deploy/await"

	"github.com/redis/go-redis/v9"

	"marquee/cache/limit"
	"marquee/cache/rate"
	"marquee/deploy/devstack"
)

// patience is a deadline that a busy machine can meet.
const patience = 10 * time.Second

// patient is a configuration with which a busy machine makes no degraded decisions.
func patient(t *testing.T, address string) limit.Config {
	t.Helper()
	return limit.Config{Redis: client(t, address), Prefix: devstack.RedisPrefix(t), Deadline: patience}
}

func client(t *testing.T, address string) *redis.Client {
	t.Helper()
	options, err := redis.ParseURL(address)
	if err != nil {
		t.Fatal(err)
	}
	options.MaxRetries = -1
	options.ContextTimeoutEnabled = true
	options.DialTimeout, options.DialerRetries = patience, 1
	options.ReadTimeout, options.WriteTimeout, options.PoolTimeout = patience, patience, patience
	c := redis.NewClient(options)
	t.Cleanup(func() { c.Close() })
	return c
}

// pair returns the limiters of two processes that share a Redis.
func pair(t *testing.T, address string) [2]*limit.Limiter {
	t.Helper()
	one := patient(t, address)
	one.RetryEvery = 10 * time.Millisecond
	two := one
	two.Redis = client(t, address)
	return [2]*limit.Limiter{limit.New(one), limit.New(two)}
}

// aboutBurst fails the test unless n is within one percent of the hourly burst.
func aboutBurst(t *testing.T, who string, n int) {
	t.Helper()
	if want := hourly.Burst; n < want*99/100 || n > want*101/100 {
		t.Errorf("%s: got %d allowed, want about %d", who, n, want)
	}
}

// Two processes share one limit.
func TestShared(t *testing.T) {
	t.Parallel()
	limiters := pair(t, devstack.Redis(t))
	var turn atomic.Uint64
	aboutBurst(t, "both", hammer(func() rate.Decision {
		return limiters[turn.Add(1)%2].Allow(t.Context(), "k", hourly, 1)
	}))
	if !limiters[0].Allow(t.Context(), "other", hourly, 1).Allowed {
		t.Error("another key is refused")
	}
}

// Remaining is exact although Redis rounds: a seventh of an hour is infinite in decimal
// and in binary.
func TestSharedRemaining(t *testing.T) {
	t.Parallel()
	l := limit.New(patient(t, devstack.Redis(t)))
	r := rate.Limit{Units: 7, Burst: 7, Period: time.Hour}
	for i := range 30 {
		key, cost := strconv.Itoa(i), 1+i%r.Burst
		if d := l.Allow(t.Context(), key, r, cost); d.Remaining != r.Burst-cost {
			t.Errorf("after %d units of %d: got %+v, want %d remaining", cost, r.Burst, d, r.Burst-cost)
		}
	}
}

// Units come back at the rate of the limit, however often two processes ask.
func TestSharedRefill(t *testing.T) {
	t.Parallel()
	limiters := pair(t, devstack.Redis(t))
	r := rate.Limit{Units: 1000, Burst: 100, Period: time.Second}
	start := time.Now()
	allowed := 0
	for i := 0; allowed < 400; i++ {
		if limiters[i%2].Allow(t.Context(), "k", r, 1).Allowed {
			allowed++
		}
	}
	if took, least := time.Since(start), 300*time.Millisecond*99/100; took < least {
		t.Errorf("300 units came back in %s, want at least %s", took, least)
	}
}

// When Redis dies, each process applies the limit by itself, and counts what it allowed
// earlier. It still does when Redis is back, with its data or without.
func TestKilled(t *testing.T) {
	t.Parallel()
	for _, empty := range []bool{false, true} {
		t.Run(map[bool]string{false: "with data", true: "without data"}[empty], func(t *testing.T) {
			t.Parallel()
			s := devstack.StartRedis(t)
			limiters := pair(t, s.URL())
			var total, degraded atomic.Int64
			half, killed := make(chan struct{}), make(chan struct{})
			var asking sync.RWMutex // no request is made while Redis dies, however long that takes
			var each [2]int
			var both sync.WaitGroup
			for i, l := range limiters {
				both.Go(func() {
					each[i] = hammer(func() rate.Decision {
						asking.RLock()
						d := l.Allow(t.Context(), "k", hourly, 1)
						asking.RUnlock()
						if d.Degraded {
							degraded.Add(1)
						}
						if d.Allowed && total.Add(1) == int64(hourly.Burst/2) {
							asking.Lock()
							close(half)
							<-killed
							asking.Unlock()
						}
						return d
					})
				})
			}
			<-half
			s.Kill()
			close(killed)
			both.Wait()
			if degraded.Load() == 0 {
				t.Error("no decision was degraded")
			}
			aboutBurst(t, "first process", each[0])
			aboutBurst(t, "second process", each[1])

			if empty {
				s.RestartEmpty()
			} else {
				s.Restart()
			}
			for i, l := range limiters {
				eventuallyShared(t, l)
				if l.Allow(t.Context(), "k", hourly, 10).Allowed {
					t.Errorf("process %d allows again what it has allowed already", i)
				}
			}
		})
	}
}

// eventuallyShared asks until Redis decides again.
func eventuallyShared(t *testing.T, l *limit.Limiter) {
	t.Helper()
	await.True(t, "the limiter to use Redis again", func() bool {
		return !l.Allow(t.Context(), "poll", rate.Limit{Units: 1e6, Burst: 1e6, Period: time.Hour}, 1).Degraded
	})
}

// calls counts the commands that are sent, or tried to be.
type calls struct{ atomic.Int64 }

// DialHook is part of redis.Hook.
func (c *calls) DialHook(next redis.DialHook) redis.DialHook { return next }

// ProcessPipelineHook is part of redis.Hook.
func (c *calls) ProcessPipelineHook(next redis.ProcessPipelineHook) redis.ProcessPipelineHook {
	return next
}

// ProcessHook counts.
func (c *calls) ProcessHook(next redis.ProcessHook) redis.ProcessHook {
	return func(ctx context.Context, command redis.Cmder) error {
		c.Add(1)
		return next(ctx, command)
	}
}

// After five calls of a dead Redis in a row, no more are made.
func TestDeadCostsNothing(t *testing.T) {
	t.Parallel()
	s := devstack.StartRedis(t)
	c := patient(t, s.URL())
	c.RetryEvery = time.Hour
	var n calls
	c.Redis.AddHook(&n)
	s.Kill()
	l := limit.New(c)
	for range hourly.Burst {
		if d := l.Allow(t.Context(), "k", hourly, 1); !d.Allowed || !d.Degraded {
			t.Fatalf("got %+v", d)
		}
	}
	if got := n.Load(); got != 5 {
		t.Errorf("got %d calls, want 5", got)
	}
}

// A key that has spent everything in this process is refused without a call of Redis.
func TestRefusedWithoutAsking(t *testing.T) {
	t.Parallel()
	c := patient(t, devstack.Redis(t))
	var n calls
	c.Redis.AddHook(&n)
	l := limit.New(c)
	r := rate.Limit{Units: 1, Burst: 1, Period: time.Hour}
	l.Allow(t.Context(), "k", r, 1)
	before := n.Load()
	for range 100 {
		if d := l.Allow(t.Context(), "k", r, 1); d.Allowed || d.Degraded || d.RetryAfter <= 59*time.Minute {
			t.Fatalf("got %+v", d)
		}
	}
	if n.Load() != before {
		t.Errorf("got %d calls of Redis, want none", n.Load()-before)
	}
}

// A process that Redis has refused once knows that the key has no units, and makes no
// more calls.
func TestSharedRefusalIsRemembered(t *testing.T) {
	t.Parallel()
	limiters := pair(t, devstack.Redis(t))
	r := rate.Limit{Units: 3, Burst: 3, Period: time.Hour}
	if d := limiters[0].Allow(t.Context(), "k", r, 3); !d.Allowed {
		t.Fatalf("got %+v", d)
	}
	if d := limiters[1].Check("k", r, 1); !d.Allowed {
		t.Errorf("Check before the refusal: got %+v, want allowed", d)
	}
	refused := limiters[1].Allow(t.Context(), "k", r, 1)
	known := limiters[1].Check("k", r, 1)
	if refused.Allowed || known.Allowed || known.RetryAfter > refused.RetryAfter || known.RetryAfter < refused.RetryAfter-time.Minute {
		t.Errorf("Allow returned %+v, Check after it %+v", refused, known)
	}
	if d := limiters[1].Check("other", r, 1); !d.Allowed || d.Remaining != 2 {
		t.Errorf("another key: got %+v, want allowed with 2 remaining", d)
	}
}

// A Redis that accepts connections and does not answer delays requests by the deadline,
// until the breaker opens.
func TestFrozen(t *testing.T) {
	t.Parallel()
	s := devstack.StartRedis(t)
	c := patient(t, s.URL())
	warm := limit.New(c)
	if d := warm.Allow(t.Context(), "k", hourly, 1); d.Degraded {
		t.Fatalf("got %+v", d)
	}
	c.Deadline, c.RetryEvery = 20*time.Millisecond, 50*time.Millisecond
	l := limit.New(c)
	s.Stop()
	start := time.Now()
	for range 100 {
		if d := l.Allow(t.Context(), "k", hourly, 1); !d.Allowed || !d.Degraded {
			t.Fatalf("got %+v", d)
		}
	}
	// Without the deadline the first call alone takes 10 s, the client's own deadline.
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("100 requests took %s, want at most 3s", took)
	}
	s.Continue()
	eventuallyShared(t, l)
}
